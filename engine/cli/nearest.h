/* "Did you mean": the known word that is closest to a mistyped one. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

/* Counts inserted, left out, changed and swapped letters. NULL when nothing is close
 * enough to be meant. */
const char *nearest(const char *word, const char *const *known, size_t count);

#endif
