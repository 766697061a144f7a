/* The two clocks: one for people, one for measuring. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970-01-01 UTC; may jump when somebody sets the clock. */
int64_t clock_wall_ms(void);

/* Seconds since an arbitrary point; never goes back. */
double clock_monotonic(void);

#endif
