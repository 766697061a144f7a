/* One-shot timers on the loop. */
#ifndef TIMER_TIMER_H
#define TIMER_TIMER_H

#include "base/clock.h"

#include <ev.h>
#include <stdint.h>

struct timer;

typedef void (*timer_fn)(void *context);

/* Calls fire once, `seconds` from now (never early; negative means at once). The timer
 * frees itself when it fires; until then the caller may cancel it. NULL if out of memory.
 */
struct timer *timer_after(struct ev_loop *loop, double seconds, timer_fn fire,
                          void *context);

/* Calls fire once the wall clock reads wall_ms (milliseconds since 1970 UTC), also when
 * somebody sets the clock meanwhile; at once if that has passed. */
struct timer *timer_at(struct ev_loop *loop, int64_t wall_ms, timer_fn fire,
                       void *context);

/* The same by a clock that the system knows nothing of, looked at each second, and when
 * timers_fire says so; NULL is timer_at. The clock must outlive the timer. */
struct timer *timer_by(struct ev_loop *loop, const struct clock *clock, int64_t wall_ms,
                       timer_fn fire, void *context);

/* timer_after, of seconds by that clock; NULL is timer_after itself. */
struct timer *timer_in(struct ev_loop *loop, const struct clock *clock, double seconds,
                       timer_fn fire, void *context);

/* Seconds until it fires, by what it goes by. */
double timer_left(const struct timer *timer);

/* Stops and frees a timer that has not fired; NULL does nothing. */
void timer_cancel(struct timer *timer);

/* The timers that go by one clock, the earliest first. Zero it. */
struct timers {
  struct timer *first, *last;
};

/* Fires those that are due at that time, the earliest first. */
void timers_fire(struct timers *timers, int64_t wall_ms);

/* When the earliest is due; INT64_MAX when there is none. */
int64_t timers_next(const struct timers *timers);

#endif
