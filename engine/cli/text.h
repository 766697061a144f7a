/* Text from outside, made fit for a terminal and cut into lines. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Most bytes of one text that are shown; what is longer ends in an ellipsis. */
enum { TEXT_LIMIT = 2000 };

/* A copy in which nothing can steer a terminal: line breaks and tabs become spaces,
 * control characters, invisible and direction-changing ones and broken UTF-8 become a
 * replacement sign. Without unicode the copy is plain ASCII. NULL if out of memory; the
 * caller frees it. */
char *text_clean(const char *text, bool unicode);

/* How many columns a cleaned text takes. */
unsigned text_columns(const char *text);

/* How many bytes of a cleaned text go on a line of that many columns: up to the last
 * space that fits, or up to the edge when there is none. Never 0 unless text is empty. */
size_t text_fit(const char *text, unsigned columns);

#endif
