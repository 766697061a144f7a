/* A line on the terminal that shows how far a long list has got. */
#ifndef CLI_BAR_H
#define CLI_BAR_H

#include "cli/style.h"

struct bar {
  FILE *out;
  const char *of; /* "files" */
  struct style style;
  size_t total;
  double drawn; /* when, by a clock of its own */
  bool shown;
};

/* Draws only on a terminal, and only for more than one. */
void bar_start(struct bar *bar, FILE *out, const char *of, size_t total);

/* Draws the line anew, but not more often than a person can see. */
void bar_move(struct bar *bar, size_t done, size_t refused);

/* Takes the line away, as before something else is written. */
void bar_hide(struct bar *bar);

#endif
