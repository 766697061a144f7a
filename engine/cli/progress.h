/* The last line of a terminal while something is waited for: a turning wheel, the time.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/style.h"

struct progress;

/* Starts a thread that draws on out. NULL where lines cannot be redrawn or no thread can
 * be had; the other functions then do nothing. */
struct progress *progress_new(FILE *out, const struct style *style);
void progress_free(struct progress *progress);

/* Draws the line until progress_hide; seconds is where the count goes on from. The text
 * stays the caller's until then. Nothing may be written to out in between. */
void progress_show(struct progress *progress, const char *text, double seconds);

/* Erases the line. */
void progress_hide(struct progress *progress);

/* Lets the line come back as it was, with the time gone on. */
void progress_again(struct progress *progress);

#endif
