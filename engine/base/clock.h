/* The two clocks: one for people, one for measuring. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970-01-01 UTC; may jump when somebody sets the clock. */
int64_t clock_wall_ms(void);

struct timers; /* see timer/timer.h */

/* Somebody else's wall clock. */
struct clock {
  int64_t (*now)(void *context); /* ms since 1970-01-01 UTC */
  void *context;
  struct timers *timers; /* that go by it; NULL: nobody will say that it moved */
};

/* The time by it; NULL is the system's. */
int64_t clock_now(const struct clock *clock);

/* Seconds since an arbitrary point; never goes back. */
double clock_monotonic(void);

#endif
