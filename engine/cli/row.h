/* One line of a timeline: when, what, and the particulars wrapped beneath each other. */
#ifndef CLI_ROW_H
#define CLI_ROW_H

#include "cli/style.h"

struct row {
  double seconds; /* since the run started; below 0 leaves the column empty */
  enum mark mark;
  enum tone tone;   /* of the mark and the word */
  enum tone within; /* of the particulars */
  const char *word;
};

/* Where the mark stands, and where the particulars begin. */
enum { ROW_MARK = 10, ROW_TEXT = 23 };

/* Whatever word and text hold is cleaned here, so nothing reaches a terminal unclean. */
void row_write(FILE *out, const struct style *style, const struct row *row,
               const char *text);

#endif
