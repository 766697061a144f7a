#include "script/pattern.h"

#include "script/limits.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

enum { OPEN = -1, POSITION = -2 }; /* lengths of captures that have none */
enum {
  DEPTH = 200,        /* deepest recursion, as in Lua */
  STEPS_AT_ONCE = 500 /* between two looks at the limits */
};

void pattern_settle(struct pattern *pattern) {
  uint64_t steps = pattern->steps;
  pattern->steps = 0;
  limits_charge(pattern->L, steps);
}

static void count(struct pattern *pattern, ptrdiff_t steps) {
  pattern->steps += (uint64_t)steps;
  if (pattern->steps > STEPS_AT_ONCE) pattern_settle(pattern);
}

/* After the single-character item at item: x, %a, [set]. */
static const char *item_end(struct pattern *pattern, const char *item) {
  const char *at = item + 1;
  if (*item == '%') {
    if (at == pattern->text_end)
      luaL_error(pattern->L, "malformed pattern (ends with '%%')");
    return at + 1;
  }
  if (*item != '[') return at;
  if (*at == '^') at++;
  do { /* a ']' that comes first stands for itself */
    if (at == pattern->text_end)
      luaL_error(pattern->L, "malformed pattern (missing ']')");
    if (*at++ == '%' && at < pattern->text_end) at++;
  } while (*at != ']');
  return at + 1;
}

static int is_nul(int byte) {
  return byte == 0;
}

static const struct {
  char letter;
  int (*has)(int byte);
} classes[] = {
    {'a', isalpha}, {'c', iscntrl},  {'d', isdigit}, {'g', isgraph},
    {'l', islower}, {'p', ispunct},  {'s', isspace}, {'u', isupper},
    {'w', isalnum}, {'x', isxdigit}, {'z', is_nul}, /* from older Luas, and still there */
};

/* Letters, digits and so on are ASCII's, whatever the locale. */
static bool in_class(int byte, int letter) {
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    if (classes[i].letter != tolower(letter)) continue;
    bool found = byte < 0x80 && classes[i].has(byte);
    return islower(letter) ? found : !found;
  }
  return letter == byte;
}

static int unsigned_at(const char *at) {
  return (unsigned char)*at;
}

/* Whether the byte is in the set from its '[' to its ']'. */
static bool in_set(int byte, const char *set, const char *last) {
  bool negated = set[1] == '^';
  for (const char *at = set + 1 + negated; at < last; at++) {
    if (*at == '%') {
      if (in_class(byte, unsigned_at(++at))) return !negated;
    } else if (at[1] == '-' && at + 2 < last) {
      at += 2;
      if (unsigned_at(at - 2) <= byte && byte <= unsigned_at(at)) return !negated;
    } else if (unsigned_at(at) == byte) {
      return !negated;
    }
  }
  return negated;
}

/* Whether the item, which ends at end, matches the one byte at at. */
static bool matches(struct pattern *pattern, const char *at, const char *item,
                    const char *end) {
  count(pattern, end - item);
  if (at >= pattern->subject_end) return false;
  int byte = unsigned_at(at);
  if (*item == '.') return true;
  if (*item == '%') return in_class(byte, unsigned_at(item + 1));
  if (*item == '[') return in_set(byte, item, end - 1);
  return unsigned_at(item) == byte;
}

static const char *walk(struct pattern *pattern, const char *at, const char *item);

static const char *most(struct pattern *pattern, const char *at, const char *item,
                        const char *end, ptrdiff_t least) {
  ptrdiff_t taken = 0;
  while (matches(pattern, at + taken, item, end)) taken++;
  for (; taken >= least; taken--) {
    const char *found = walk(pattern, at + taken, end + 1);
    if (found) return found;
  }
  return NULL;
}

static const char *fewest(struct pattern *pattern, const char *at, const char *item,
                          const char *end) {
  for (;;) {
    const char *found = walk(pattern, at, end + 1);
    if (found) return found;
    if (!matches(pattern, at, item, end)) return NULL;
    at++;
  }
}

static const char *open_capture(struct pattern *pattern, const char *at, const char *rest,
                                int kind) {
  if (pattern->count == PATTERN_CAPTURES) luaL_error(pattern->L, "too many captures");
  pattern->captures[pattern->count++] = (struct capture){at, kind};
  const char *found = walk(pattern, at, rest);
  if (!found) pattern->count--;
  return found;
}

static const char *close_capture(struct pattern *pattern, const char *at,
                                 const char *rest) {
  int index = pattern->count - 1;
  while (index >= 0 && pattern->captures[index].length != OPEN) index--;
  if (index < 0) luaL_error(pattern->L, "invalid pattern capture");
  struct capture *capture = &pattern->captures[index];
  capture->length = at - capture->start;
  const char *found = walk(pattern, at, rest);
  if (!found) capture->length = OPEN;
  return found;
}

/* %1: the text of a capture again. */
static const char *same_again(struct pattern *pattern, const char *at, int digit) {
  int index = digit - '1';
  bool known = index >= 0 && index < pattern->count;
  if (!known || pattern->captures[index].length == OPEN)
    luaL_error(pattern->L, "invalid capture index %%%d", index + 1);
  const struct capture *capture = &pattern->captures[index];
  count(pattern, 1 + capture->length / 8);
  if (capture->length == POSITION) return NULL;
  if (pattern->subject_end - at < capture->length) return NULL;
  size_t length = (size_t)capture->length;
  return memcmp(capture->start, at, length) == 0 ? at + length : NULL;
}

/* %bxy: from an x to the y that closes it; pair is at the x. */
static const char *balanced(struct pattern *pattern, const char *at, const char *pair) {
  if (pair + 1 >= pattern->text_end)
    luaL_error(pattern->L, "malformed pattern (missing arguments to '%%b')");
  if (at >= pattern->subject_end || *at != pair[0]) return NULL;
  int depth = 1;
  for (at++; at < pattern->subject_end; at++) {
    count(pattern, 1);
    if (*at == pair[1]) {
      if (--depth == 0) return at + 1;
    } else if (*at == pair[0]) {
      depth++;
    }
  }
  return NULL;
}

/* %f[set]: between a byte that is not in the set and one that is; the subject has a NUL
 * at both ends. Returns the end of the item if so. */
static const char *frontier(struct pattern *pattern, const char *at, const char *set) {
  if (*set != '[') luaL_error(pattern->L, "missing '[' after '%%f' in pattern");
  const char *end = item_end(pattern, set);
  int before = at == pattern->subject ? 0 : unsigned_at(at - 1);
  count(pattern, end - set);
  bool edge = !in_set(before, set, end - 1) && in_set(unsigned_at(at), set, end - 1);
  return edge ? end : NULL;
}

/* Matches one of %b, %f, %1 and moves on. False if the item is none of them; *at is NULL
 * where it does not match. */
static bool step_special(struct pattern *pattern, const char **at, const char **item) {
  int letter = unsigned_at(*item + 1);
  if (letter == 'b') {
    *at = balanced(pattern, *at, *item + 2);
    *item += 4;
  } else if (letter == 'f') {
    *item = frontier(pattern, *at, *item + 2);
    if (!*item) *at = NULL;
  } else if (isdigit(letter)) {
    *at = same_again(pattern, *at, letter);
    *item += 2;
  } else {
    return false;
  }
  return true;
}

/* Matches a single-character item with its suffix. True when the walk goes on from *at
 * and *item, false when *at is its result. */
static bool step_single(struct pattern *pattern, const char **at, const char **item) {
  const char *here = *at, *single = *item, *end = item_end(pattern, single);
  switch (end < pattern->text_end ? *end : '\0') {
  case '?':
    *item = end + 1;
    if (!matches(pattern, here, single, end)) return true;
    *at = walk(pattern, here + 1, end + 1);
    if (*at) return false;
    *at = here;
    return true;
  case '*':
    *at = most(pattern, here, single, end, 0);
    return false;
  case '+':
    *at = most(pattern, here, single, end, 1);
    return false;
  case '-':
    *at = fewest(pattern, here, single, end);
    return false;
  default:
    *item = end;
    *at = matches(pattern, here, single, end) ? here + 1 : NULL;
    return *at;
  }
}

static const char *walk_from(struct pattern *pattern, const char *at, const char *item) {
  while (at && item < pattern->text_end) {
    if (*item == '(' && item[1] == ')')
      return open_capture(pattern, at, item + 2, POSITION);
    if (*item == '(') return open_capture(pattern, at, item + 1, OPEN);
    if (*item == ')') return close_capture(pattern, at, item + 1);
    if (*item == '$' && item + 1 == pattern->text_end)
      return at == pattern->subject_end ? at : NULL;
    if (*item == '%' && step_special(pattern, &at, &item)) continue;
    if (!step_single(pattern, &at, &item)) return at;
  }
  return at;
}

static const char *walk(struct pattern *pattern, const char *at, const char *item) {
  if (++pattern->depth > DEPTH) luaL_error(pattern->L, "pattern too complex");
  const char *found = walk_from(pattern, at, item);
  pattern->depth--;
  return found;
}

const char *pattern_match(struct pattern *pattern, const char *start) {
  pattern->depth = 0;
  pattern->count = 0;
  return walk(pattern, start, pattern->text);
}

void pattern_push_capture(struct pattern *pattern, int index, const char *start,
                          const char *end) {
  lua_State *L = pattern->L;
  if (index >= pattern->count) {
    if (index != 0) luaL_error(L, "invalid capture index %%%d", index + 1);
    lua_pushlstring(L, start, (size_t)(end - start));
    return;
  }
  const struct capture *capture = &pattern->captures[index];
  if (capture->length == OPEN) luaL_error(L, "unfinished capture");
  if (capture->length == POSITION)
    lua_pushinteger(L, capture->start - pattern->subject + 1);
  else
    lua_pushlstring(L, capture->start, (size_t)capture->length);
}

int pattern_push_captures(struct pattern *pattern, const char *start, const char *end) {
  int total = pattern->count == 0 && start ? 1 : pattern->count;
  luaL_checkstack(pattern->L, total, "too many captures");
  for (int i = 0; i < total; i++) pattern_push_capture(pattern, i, start, end);
  return total;
}
