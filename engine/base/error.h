/* What went wrong: a code word for programs and a sentence for people. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

struct error {
  char code[32];     /* one lower-case word: "timeout", "refused", "settings" … */
  char message[480]; /* what happened, where, and what to do; no trailing full stop */
  int line;          /* of a script, where that is at fault and its text at hand; or 0 */
  char source[160];  /* that line, without the blanks at its ends */
};

/* Fills *error (may be NULL; without a line of a script) and returns false, so that a
 * failing function can say `return error_set(error, "refused", "…")`. Longer messages are
 * cut. */
__attribute__((format(printf, 3, 4))) bool
error_set(struct error *error, const char *code, const char *format, ...);

#endif
