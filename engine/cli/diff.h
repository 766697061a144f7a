/* How two texts differ, line by line. */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

#include <stdbool.h>
#include <stdio.h>

struct diff_text {
  const char *label; /* what it is: a path, a version */
  const char *text;
};

/* Writes what leads from one to the other, as `diff -u` does, so that patch takes it; on
 * a terminal in colour, and cleaned. Nothing when they are the same. Returns whether they
 * differ. */
bool diff_print(FILE *out, const struct diff_text *from, const struct diff_text *to);

#endif
