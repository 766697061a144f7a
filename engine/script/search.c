#include "script/libraries.h"
#include "script/limits.h"
#include "script/pattern.h"

#include <lauxlib.h>
#include <string.h>

enum { SUBJECT = 1, PATTERN = 2 }; /* places on the stack */

static struct pattern read_pattern(lua_State *L, int subject, int text) {
  struct pattern pattern = {.L = L};
  size_t length;
  pattern.subject = luaL_checklstring(L, subject, &length);
  pattern.subject_end = pattern.subject + length;
  pattern.text = luaL_checklstring(L, text, &length);
  pattern.text_end = pattern.text + length;
  return pattern;
}

/* Where a search begins, from 0: a position counts from the end when negative. It is
 * past the end when nothing can be found. */
static size_t start_at(lua_State *L, int index, size_t length) {
  lua_Integer position = luaL_optinteger(L, index, 1);
  if (position > 0) return (size_t)position - 1;
  if (position == 0 || position < -(lua_Integer)length) return 0;
  return length - (size_t)-position;
}

static bool is_plain(const struct pattern *pattern) {
  for (const char *at = pattern->text; at < pattern->text_end; at++)
    if (*at && strchr("^$*+?.([%-", *at)) return false;
  return true;
}

static int push_missing(lua_State *L) {
  lua_pushnil(L);
  return 1;
}

static int push_span(const struct pattern *pattern, const char *start, const char *end) {
  lua_pushinteger(pattern->L, start - pattern->subject + 1);
  lua_pushinteger(pattern->L, end - pattern->subject);
  return 2;
}

/* memmem takes time in proportion to both lengths, never to their product. */
static int find_plain(struct pattern *pattern, const char *from) {
  size_t length = (size_t)(pattern->text_end - pattern->text);
  size_t left = (size_t)(pattern->subject_end - from);
  limits_charge(pattern->L, 1 + (left + length) / 8);
  const char *found = memmem(from, left, pattern->text, length);
  if (!found) return push_missing(pattern->L);
  return push_span(pattern, found, found + length);
}

/* True when the pattern begins with an anchor, which is passed over. */
static bool take_anchor(struct pattern *pattern) {
  if (pattern->text == pattern->text_end || *pattern->text != '^') return false;
  pattern->text++;
  return true;
}

/* The first match from *start on: its end, or NULL. */
static const char *search(struct pattern *pattern, const char **start, bool anchored) {
  const char *end = pattern_match(pattern, *start);
  while (!end && !anchored && *start < pattern->subject_end)
    end = pattern_match(pattern, ++*start);
  pattern_settle(pattern);
  return end;
}

static int find(lua_State *L) {
  struct pattern pattern = read_pattern(L, SUBJECT, PATTERN);
  size_t length = (size_t)(pattern.subject_end - pattern.subject);
  size_t from = start_at(L, 3, length);
  if (from > length) return push_missing(L);
  const char *start = pattern.subject + from;
  if (lua_toboolean(L, 4) || is_plain(&pattern)) return find_plain(&pattern, start);
  const char *end = search(&pattern, &start, take_anchor(&pattern));
  if (!end) return push_missing(L);
  return push_span(&pattern, start, end) + pattern_push_captures(&pattern, NULL, NULL);
}

static int match(lua_State *L) {
  struct pattern pattern = read_pattern(L, SUBJECT, PATTERN);
  size_t length = (size_t)(pattern.subject_end - pattern.subject);
  size_t from = start_at(L, 3, length);
  if (from > length) return push_missing(L);
  const char *start = pattern.subject + from;
  const char *end = search(&pattern, &start, take_anchor(&pattern));
  return end ? pattern_push_captures(&pattern, start, end) : push_missing(L);
}

/* The iterator of gmatch. Its upvalues: subject, pattern, where to go on (from 0), the
 * end of the last match or -1: an empty match just there is not a new one. */
static int next_match(lua_State *L) {
  struct pattern pattern =
      read_pattern(L, lua_upvalueindex(SUBJECT), lua_upvalueindex(PATTERN));
  lua_Integer from = lua_tointeger(L, lua_upvalueindex(3));
  lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
  lua_Integer length = pattern.subject_end - pattern.subject;
  for (; from <= length; from++) {
    const char *start = pattern.subject + from;
    const char *end = pattern_match(&pattern, start);
    if (!end || end - pattern.subject == last) continue;
    pattern_settle(&pattern);
    lua_pushinteger(L, end - pattern.subject);
    lua_pushvalue(L, -1);
    lua_replace(L, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return pattern_push_captures(&pattern, start, end);
  }
  pattern_settle(&pattern);
  return 0;
}

static int gmatch(lua_State *L) {
  struct pattern pattern = read_pattern(L, SUBJECT, PATTERN);
  size_t length = (size_t)(pattern.subject_end - pattern.subject);
  size_t from = start_at(L, 3, length);
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)(from > length ? length + 1 : from));
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, next_match, 4);
  return 1;
}

/* Adds the replacement text with %0 to %9 filled in. */
static void add_text(struct pattern *pattern, luaL_Buffer *out, const char *start,
                     const char *end) {
  lua_State *L = pattern->L;
  size_t length;
  const char *at = lua_tolstring(L, 3, &length), *last = at + length;
  limits_charge(L, length);
  for (; at < last; at++) {
    if (*at != '%') {
      luaL_addchar(out, *at);
      continue;
    }
    at++;
    if (*at == '%') {
      luaL_addchar(out, '%');
    } else if (*at == '0') {
      luaL_addlstring(out, start, (size_t)(end - start));
    } else if (*at >= '1' && *at <= '9') {
      pattern_push_capture(pattern, *at - '1', start, end);
      luaL_tolstring(L, -1, NULL);
      lua_remove(L, -2);
      luaL_addvalue(out);
    } else {
      luaL_error(L, "invalid use of '%%' in replacement string");
    }
  }
}

/* Adds what the function or table has for the match. False when it keeps the match. */
static bool add_looked_up(struct pattern *pattern, luaL_Buffer *out, const char *start,
                          const char *end) {
  lua_State *L = pattern->L;
  if (lua_isfunction(L, 3)) {
    lua_pushvalue(L, 3);
    lua_call(L, pattern_push_captures(pattern, start, end), 1);
  } else {
    pattern_push_capture(pattern, 0, start, end);
    lua_gettable(L, 3);
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(out, start, (size_t)(end - start));
    return false;
  }
  if (!lua_isstring(L, -1))
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  luaL_addvalue(out);
  return true;
}

static bool add_replacement(struct pattern *pattern, luaL_Buffer *out, const char *start,
                            const char *end) {
  pattern_settle(pattern);
  if (lua_isfunction(pattern->L, 3) || lua_istable(pattern->L, 3))
    return add_looked_up(pattern, out, start, end);
  add_text(pattern, out, start, end);
  return true;
}

/* Copies the subject with its first most matches replaced; returns how many there were,
 * and sets *changed if any differs. */
static lua_Integer substitute(struct pattern *pattern, luaL_Buffer *out, lua_Integer most,
                              bool *changed) {
  bool anchored = take_anchor(pattern);
  const char *at = pattern->subject, *last = NULL;
  lua_Integer found = 0;
  while (found < most) {
    const char *end = pattern_match(pattern, at);
    if (end && end != last) {
      found++;
      if (add_replacement(pattern, out, at, end)) *changed = true;
      at = last = end;
    } else if (at < pattern->subject_end) {
      luaL_addchar(out, *at++);
    } else {
      break;
    }
    if (anchored) break;
  }
  pattern_settle(pattern);
  luaL_addlstring(out, at, (size_t)(pattern->subject_end - at));
  return found;
}

static int gsub(lua_State *L) {
  struct pattern pattern = read_pattern(L, SUBJECT, PATTERN);
  int type = lua_type(L, 3);
  bool usable = type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE ||
                type == LUA_TFUNCTION;
  luaL_argexpected(L, usable, 3, "string/function/table");
  lua_Integer all = pattern.subject_end - pattern.subject + 1;
  lua_Integer most = luaL_optinteger(L, 4, all);
  if (type == LUA_TNUMBER) lua_tostring(L, 3);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  bool changed = false;
  lua_Integer found = substitute(&pattern, &out, most, &changed);
  luaL_pushresult(&out);
  if (!changed) lua_pushvalue(L, SUBJECT);
  lua_pushinteger(L, found);
  return 2;
}

void library_patterns(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
