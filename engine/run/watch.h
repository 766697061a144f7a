/* Asking the provider how a call goes, until it has its disposition. */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include "run/run.h"

struct watch;

struct watch *watch_new(struct call *call);
void watch_free(struct watch *watch);

/* Begins to ask, as the provider's poll says; does nothing the second time, and for
 * providers without poll. When its deadline passes the call is `expired`. */
void watch_start(struct watch *watch);
void watch_stop(struct watch *watch);

/* A question is on its way. */
bool watch_is_busy(const struct watch *watch);

/* When the next question is due (wall clock ms; 0: none is), and how many there were. */
int64_t watch_next(const struct watch *watch, int *polls);

/* Where an earlier life left it: the next watch_start goes on from there. started: when
 * the call was submitted, from which the deadline counts. */
void watch_restore(struct watch *watch, int polls, int64_t next, int64_t started);

#endif
