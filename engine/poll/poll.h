/* Asking again and again, ever more slowly, until there is an answer or no more time. */
#ifndef POLL_POLL_H
#define POLL_POLL_H

#include "base/clock.h"

#include <ev.h>
#include <stdbool.h>

struct poll_plan {
  double first;    /* seconds before the first question */
  double factor;   /* each wait is the last one times this; at least 1 */
  double ceiling;  /* longest wait, seconds */
  double jitter;   /* 0 to 1: a wait varies by this share of itself, either way */
  double deadline; /* seconds after the start at which it gives up; 0 means never */
  const struct clock *clock; /* whose seconds these are; NULL: those that pass */
};

/* No wait after the first is shorter than this, so that a plan of zeros can't spin. */
#define POLL_FLOOR 0.01

struct poll;

/* Ask the question; answer with poll_answer, now or later. cursor is the newest one; it
 * is valid until then. */
typedef void (*poll_ask_fn)(void *context, struct poll *poll, const char *cursor);
/* The deadline passed, also while a question was under way. The poll frees itself. */
typedef void (*poll_over_fn)(void *context);

/* The wait before question n (from 0) without jitter, in seconds. */
double poll_wait(const struct poll_plan *plan, unsigned n);

/* cursor (copied, may be NULL) is what the first question is asked with. NULL if out of
 * memory. */
struct poll *poll_start(struct ev_loop *loop, const struct poll_plan *plan,
                        const char *cursor, poll_ask_fn ask, poll_over_fn over,
                        void *context);

/* The question under way has its answer: ask again after the next wait. A cursor that is
 * not NULL replaces the kept one (copied). Does nothing when no question is under way. */
void poll_answer(struct poll *poll, const char *cursor);

/* How far it is: questions asked so far, and seconds until the next (0 while one is under
 * way); and the same for a poll that was just started, to go on where one was left. */
void poll_progress(const struct poll *poll, unsigned *asked, double *wait);
void poll_go_on(struct poll *poll, unsigned asked, double wait);

/* Ends the poll without a word and frees it; NULL does nothing. */
void poll_stop(struct poll *poll);

#endif
