#include "poll/poll.h"

#include "base/id.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct poll {
  struct ev_loop *loop;
  struct poll_plan plan;
  poll_ask_fn ask;
  poll_over_fn over;
  void *context;
  char *cursor;  /* the newest one; may be NULL */
  unsigned next; /* number of the next question, from 0 */
  bool asking;   /* a question is under way */
  ev_timer wait, deadline;
};

double poll_wait(const struct poll_plan *plan, unsigned n) {
  double ceiling = plan->ceiling > POLL_FLOOR ? plan->ceiling : POLL_FLOOR;
  double wait = plan->first;
  for (unsigned i = 0; i < n && wait < ceiling; i++) {
    double longer = wait * plan->factor;
    if (longer < POLL_FLOOR) longer = POLL_FLOOR;
    if (longer <= wait) break; /* a factor of 1: all further waits are the same */
    wait = longer;
  }
  return wait < ceiling ? wait : ceiling;
}

/* From -share to +share. Without random bytes there is no jitter, which does no harm. */
static double jitter(double share) {
  uint32_t random;
  if (!id_random(&random, sizeof random)) return 0;
  return share * (2.0 * random / UINT32_MAX - 1);
}

static void start_timer(struct poll *poll, ev_timer *timer, double seconds) {
  /* libev reckons from the start of its turn, which may be a while ago. */
  ev_now_update(poll->loop);
  ev_timer_set(timer, seconds > 0 ? seconds : 0, 0);
  ev_timer_start(poll->loop, timer);
}

static void wait_for_next(struct poll *poll) {
  double wait = poll_wait(&poll->plan, poll->next++);
  start_timer(poll, &poll->wait, wait * (1 + jitter(poll->plan.jitter)));
}

static void on_wait(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop, (void)events;
  struct poll *poll = timer->data;
  poll->asking = true;
  poll->ask(poll->context, poll, poll->cursor);
}

static void on_deadline(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop, (void)events;
  struct poll *poll = timer->data;
  poll_over_fn over = poll->over;
  void *context = poll->context;
  poll_stop(poll);
  over(context);
}

/* Keeps the cursor it has when there is no memory for the new one. */
static void keep_cursor(struct poll *poll, const char *cursor) {
  char *copy = cursor ? strdup(cursor) : NULL;
  if (!copy) return;
  free(poll->cursor);
  poll->cursor = copy;
}

struct poll *poll_start(struct ev_loop *loop, const struct poll_plan *plan,
                        const char *cursor, poll_ask_fn ask, poll_over_fn over,
                        void *context) {
  struct poll *poll = calloc(1, sizeof *poll);
  if (!poll) return NULL;
  *poll = (struct poll){
      .loop = loop, .plan = *plan, .ask = ask, .over = over, .context = context};
  keep_cursor(poll, cursor);
  if (cursor && !poll->cursor) {
    free(poll);
    return NULL;
  }
  ev_init(&poll->wait, on_wait);
  ev_init(&poll->deadline, on_deadline);
  poll->wait.data = poll->deadline.data = poll;
  if (plan->deadline > 0) start_timer(poll, &poll->deadline, plan->deadline);
  wait_for_next(poll);
  return poll;
}

void poll_answer(struct poll *poll, const char *cursor) {
  if (!poll->asking) return;
  poll->asking = false;
  keep_cursor(poll, cursor);
  wait_for_next(poll);
}

void poll_progress(const struct poll *poll, unsigned *asked, double *wait) {
  ev_timer timer = poll->wait;
  *asked = poll->asking ? poll->next : poll->next - 1;
  *wait = poll->asking ? 0 : ev_timer_remaining(poll->loop, &timer);
}

void poll_go_on(struct poll *poll, unsigned asked, double wait) {
  ev_timer_stop(poll->loop, &poll->wait);
  poll->next = asked + 1;
  start_timer(poll, &poll->wait, wait);
}

void poll_stop(struct poll *poll) {
  if (!poll) return;
  ev_timer_stop(poll->loop, &poll->wait);
  ev_timer_stop(poll->loop, &poll->deadline);
  free(poll->cursor);
  free(poll);
}
