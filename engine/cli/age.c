#include "cli/age.h"

#include <stdio.h>
#include <time.h>

int64_t age_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void age_write(char out[AGE_SIZE], int64_t since, int64_t now) {
  long seconds = now > since ? (long)((now - since) / 1000) : 0;
  if (since == 0)
    snprintf(out, AGE_SIZE, "-");
  else if (seconds < 60)
    snprintf(out, AGE_SIZE, "%ld s", seconds);
  else if (seconds < 60 * 60)
    snprintf(out, AGE_SIZE, "%ld min", seconds / 60);
  else if (seconds < 48 * 60 * 60)
    snprintf(out, AGE_SIZE, "%ld h", seconds / (60 * 60));
  else
    snprintf(out, AGE_SIZE, "%ld d", seconds / (24 * 60 * 60));
}
