/* Lua's patterns, with a price for each step: what a match costs cannot be seen from the
 * lengths of pattern and subject, and Lua's own matcher cannot be stopped. */
#ifndef SCRIPT_PATTERN_H
#define SCRIPT_PATTERN_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

enum { PATTERN_CAPTURES = 32 };

struct capture {
  const char *start;
  ptrdiff_t length; /* or what pattern.c has in its place */
};

/* Both texts are Lua's, on its stack: each ends in a NUL that is not counted. */
struct pattern {
  lua_State *L;
  const char *subject, *subject_end;
  const char *text, *text_end;
  uint64_t steps; /* not charged for yet */
  int depth;
  int count; /* of captures */
  struct capture captures[PATTERN_CAPTURES];
};

/* The end of a match that begins at start, or NULL. Raises for a malformed pattern, and
 * when the script has used up its instructions. */
const char *pattern_match(struct pattern *pattern, const char *start);

/* Charges for the steps not charged for yet. */
void pattern_settle(struct pattern *pattern);

/* Pushes what a capture (0 is the first) holds after a match from start to end, which is
 * the first capture of a pattern without any. */
void pattern_push_capture(struct pattern *pattern, int index, const char *start,
                          const char *end);

/* Pushes all captures, or the whole match if there are none and start is not NULL;
 * returns how many. */
int pattern_push_captures(struct pattern *pattern, const char *start, const char *end);

#endif
