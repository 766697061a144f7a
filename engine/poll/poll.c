#include "poll/poll.h"

#include "base/id.h"
#include "timer/timer.h"

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
  struct timer *wait, *deadline;
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

static void on_wait(void *context) {
  struct poll *poll = context;
  poll->wait = NULL;
  poll->asking = true;
  poll->ask(poll->context, poll, poll->cursor);
}

static void start_wait(struct poll *poll, double seconds) {
  poll->wait = timer_in(poll->loop, poll->plan.clock, seconds, on_wait, poll);
}

static void wait_for_next(struct poll *poll) {
  double wait = poll_wait(&poll->plan, poll->next++);
  start_wait(poll, wait * (1 + jitter(poll->plan.jitter)));
}

static void on_deadline(void *context) {
  struct poll *poll = context;
  poll->deadline = NULL;
  poll_over_fn over = poll->over;
  void *told = poll->context;
  poll_stop(poll);
  over(told);
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
  if (plan->deadline > 0)
    poll->deadline = timer_in(loop, plan->clock, plan->deadline, on_deadline, poll);
  wait_for_next(poll);
  bool whole =
      poll->wait && (!cursor || poll->cursor) && (poll->deadline || plan->deadline <= 0);
  if (whole) return poll;
  poll_stop(poll);
  return NULL;
}

void poll_answer(struct poll *poll, const char *cursor) {
  if (!poll->asking) return;
  poll->asking = false;
  keep_cursor(poll, cursor);
  wait_for_next(poll);
}

void poll_progress(const struct poll *poll, unsigned *asked, double *wait) {
  *asked = poll->asking ? poll->next : poll->next - 1;
  *wait = poll->wait ? timer_left(poll->wait) : 0;
}

void poll_go_on(struct poll *poll, unsigned asked, double wait) {
  timer_cancel(poll->wait);
  poll->next = asked + 1;
  start_wait(poll, wait);
}

void poll_stop(struct poll *poll) {
  if (!poll) return;
  timer_cancel(poll->wait);
  timer_cancel(poll->deadline);
  free(poll->cursor);
  free(poll);
}
