#include "http/lane.h"

#include "base/clock.h"
#include "http/pause.h"
#include "http/request.h"
#include "http/target.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { TRIES = 5 };

static const double first_pause = 1, last_pause = 30;

TAILQ_HEAD(tickets, http_ticket);

struct http_lane {
  struct ev_loop *loop;
  struct http_client *client;
  struct http_lane_plan plan;
  struct tickets waiting; /* by place: the lowest first */
  struct tickets leaving; /* asked for go, or under way */
  uint64_t places;        /* given so far */
  unsigned asked;         /* tickets that ready was called for and go was not */
  double free_at;         /* on the monotonic clock: the next try may leave */
  ev_timer timer;
};

struct http_ticket {
  TAILQ_ENTRY(http_ticket) link;
  struct http_lane *lane;
  struct http_request *request;
  http_ready_fn ready;
  http_done_fn done;
  void *context;
  enum { WAITING, ASKED, UNDER_WAY, TOLD } state;
  uint64_t place;                 /* kept through every try */
  double due;                     /* on the monotonic clock: not before */
  unsigned tries;                 /* so far */
  struct http_transfer *transfer; /* while UNDER_WAY */
  bool stranded;                  /* the client did not take the last try */
  struct http_failure failure;    /* while stranded: why */
};

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events);

static struct http_lane_plan complete(const struct http_lane_plan *plan) {
  struct http_lane_plan full = *plan;
  if (!(full.per_second > 0)) full.per_second = 0;
  if (!full.tries) full.tries = TRIES;
  if (!(full.first_pause > 0)) full.first_pause = first_pause;
  if (!(full.last_pause > 0)) full.last_pause = last_pause;
  return full;
}

struct http_lane *http_lane_new(struct ev_loop *loop, struct http_client *client,
                                const struct http_lane_plan *plan) {
  struct http_lane *lane = calloc(1, sizeof *lane);
  if (!lane) return NULL;
  lane->loop = loop;
  lane->client = client;
  lane->plan = complete(plan);
  TAILQ_INIT(&lane->waiting);
  TAILQ_INIT(&lane->leaving);
  ev_timer_init(&lane->timer, on_timer, 0, 0);
  lane->timer.data = lane;
  return lane;
}

static void ticket_free(struct http_ticket *ticket) {
  free(ticket->request);
  free(ticket);
}

static struct tickets *list_of(struct http_ticket *ticket) {
  struct http_lane *lane = ticket->lane;
  return ticket->state == WAITING ? &lane->waiting : &lane->leaving;
}

/* Takes the ticket out of its list and off the network. */
static void withdraw(struct http_ticket *ticket) {
  if (ticket->state == ASKED) ticket->lane->asked--;
  if (ticket->transfer) http_cancel(ticket->transfer);
  ticket->transfer = NULL;
  TAILQ_REMOVE(list_of(ticket), ticket, link);
}

void http_lane_free(struct http_lane *lane) {
  struct http_ticket *ticket;
  while ((ticket = TAILQ_FIRST(&lane->waiting)) ||
         (ticket = TAILQ_FIRST(&lane->leaving))) {
    withdraw(ticket);
    ticket_free(ticket);
  }
  ev_timer_stop(lane->loop, &lane->timer);
  free(lane);
}

/* The first ticket that is due, or else the one that is due next. */
static struct http_ticket *pick(struct http_lane *lane, double now) {
  struct http_ticket *ticket, *next = NULL;
  TAILQ_FOREACH(ticket, &lane->waiting, link) {
    if (ticket->due <= now) return ticket;
    if (!next || ticket->due < next->due) next = ticket;
  }
  return next;
}

/* Seconds until something is to be done; negative for nothing. With a rate, one ticket is
 * let go before the next is asked, or the two could leave closer than the rate allows. */
static double wait_for(struct http_lane *lane, double now) {
  struct http_ticket *next = pick(lane, now);
  if (!next || (lane->plan.per_second > 0 && lane->asked)) return -1;
  double at = next->due > lane->free_at ? next->due : lane->free_at;
  return at > now ? at - now : 0;
}

static void arm(struct http_lane *lane) {
  double wait = wait_for(lane, clock_monotonic());
  ev_timer_stop(lane->loop, &lane->timer);
  if (wait < 0) return;
  ev_now_update(lane->loop);
  ev_timer_set(&lane->timer, wait, 0);
  ev_timer_start(lane->loop, &lane->timer);
}

void http_lane_pace(struct http_lane *lane, double per_second) {
  lane->plan.per_second = per_second > 0 ? per_second : 0;
  arm(lane);
}

static void put_in_place(struct http_ticket *ticket) {
  struct tickets *waiting = &ticket->lane->waiting;
  ticket->state = WAITING;
  struct http_ticket *last = TAILQ_LAST(waiting, tickets);
  struct http_ticket *later =
      last && last->place < ticket->place ? NULL : TAILQ_FIRST(waiting);
  while (later && later->place < ticket->place) later = TAILQ_NEXT(later, link);
  if (later)
    TAILQ_INSERT_BEFORE(later, ticket, link);
  else
    TAILQ_INSERT_TAIL(waiting, ticket, link);
}

static bool surely_not_sent(const struct http_failure *failure) {
  static const char *const hopeless[] = {"invalid", "tls", "canceled"};
  for (size_t i = 0; i < sizeof hopeless / sizeof *hopeless; i++)
    if (strcmp(failure->error.code, hopeless[i]) == 0) return false;
  return !failure->sent;
}

/* Seconds until the request may be sent again; negative: this outcome is the last. */
static double pause_for(const struct http_ticket *ticket,
                        const struct http_answer *answer,
                        const struct http_failure *failure) {
  const struct http_lane_plan *plan = &ticket->lane->plan;
  if (ticket->tries >= plan->tries) return -1;
  double backoff = pause_after(ticket->tries, plan->first_pause, plan->last_pause);
  if (failure) return surely_not_sent(failure) ? backoff : -1;
  double asked = pause_asked(answer);
  if (answer->status == 429) return asked < 0 ? backoff : asked;
  return answer->status == 503 ? asked : -1;
}

/* Calls done last of all, for it may free the lane. */
static void finish(struct http_ticket *ticket, const struct http_answer *answer,
                   const struct http_failure *failure) {
  withdraw(ticket);
  ticket->state = TOLD;
  arm(ticket->lane);
  ticket->done(ticket->context, answer, failure);
  ticket_free(ticket);
}

static void on_outcome(void *context, const struct http_answer *answer,
                       const struct http_failure *failure) {
  struct http_ticket *ticket = context;
  ticket->transfer = NULL;
  double pause = pause_for(ticket, answer, failure);
  if (pause < 0) {
    finish(ticket, answer, failure);
    return;
  }
  TAILQ_REMOVE(&ticket->lane->leaving, ticket, link);
  ticket->due = clock_monotonic() + pause;
  put_in_place(ticket);
  arm(ticket->lane);
}

void http_lane_go(struct http_ticket *ticket) {
  if (ticket->state != ASKED) return;
  struct http_lane *lane = ticket->lane;
  ticket->state = UNDER_WAY;
  ticket->tries++;
  lane->asked--;
  if (lane->plan.per_second > 0)
    lane->free_at = clock_monotonic() + 1 / lane->plan.per_second;
  ticket->transfer = http_send(lane->client, ticket->request, on_outcome, ticket,
                               &ticket->failure.error);
  ticket->stranded = !ticket->transfer;
  if (ticket->stranded) {
    TAILQ_REMOVE(&lane->leaving, ticket, link);
    put_in_place(ticket);
  }
  arm(lane);
}

/* One ticket a time: what is called last may free the lane. */
static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events) {
  (void)loop, (void)events;
  struct http_lane *lane = watcher->data;
  double now = clock_monotonic();
  struct http_ticket *ticket = pick(lane, now);
  if (!ticket || wait_for(lane, now) > 0) { /* libev may be a little early */
    arm(lane);
    return;
  }
  TAILQ_REMOVE(&lane->waiting, ticket, link);
  TAILQ_INSERT_TAIL(&lane->leaving, ticket, link);
  if (ticket->stranded) {
    ticket->state = UNDER_WAY;
    ticket->stranded = false;
    on_outcome(ticket, NULL, &ticket->failure);
    return;
  }
  ticket->state = ASKED;
  lane->asked++;
  arm(lane);
  if (ticket->ready)
    ticket->ready(ticket->context, ticket);
  else
    http_lane_go(ticket);
}

/* So that a request that can never leave is refused here and not in its turn. */
static bool check(const struct http_request *request, struct error *error) {
  struct http_target target;
  if (!http_request_check(request, error)) return false;
  if (!http_target_parse(&target, request->url, error)) return false;
  http_target_free(&target);
  return true;
}

struct http_ticket *http_lane_send(struct http_lane *lane,
                                   const struct http_request *request,
                                   http_ready_fn ready, http_done_fn done, void *context,
                                   struct error *error) {
  if (!check(request, error)) return NULL;
  struct http_ticket *ticket = calloc(1, sizeof *ticket);
  if (ticket) ticket->request = http_request_copy(request);
  if (!ticket || !ticket->request) {
    error_set(error, "internal", "out of memory for an HTTP request");
    free(ticket);
    return NULL;
  }
  ticket->lane = lane;
  ticket->ready = ready;
  ticket->done = done;
  ticket->context = context;
  ticket->place = lane->places++;
  put_in_place(ticket);
  arm(lane);
  return ticket;
}

void http_lane_cancel(struct http_ticket *ticket) {
  if (ticket->state == TOLD) return; /* from inside its own done */
  withdraw(ticket);
  arm(ticket->lane);
  ticket_free(ticket);
}
