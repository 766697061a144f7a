/* How long ago something was, in a few characters. */
#ifndef CLI_AGE_H
#define CLI_AGE_H

#include <stdint.h>

enum { AGE_SIZE = 24 };

/* "8 s", "12 min", "3 h", "9 d" between two moments in milliseconds; "-" when the first
 * is 0. */
void age_write(char out[AGE_SIZE], int64_t since, int64_t now);

/* The wall clock in milliseconds since 1970. */
int64_t age_now(void);

#endif
