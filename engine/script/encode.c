#include "script/shape.h"
#include "script/utf8.h"
#include "script/value.h"

#include <lauxlib.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct encoding {
  struct buffer *out;
  struct error *error;
  size_t most; /* bytes that out may hold */
  int depth;
};

static void write_value(lua_State *L, struct encoding *job, const struct step *step);

/* Leaves the encoder through the enclosing lua_pcall. */
static int refuse(lua_State *L, struct encoding *job, const struct step *step,
                  const char *what) {
  char sentence[400];
  step_explain(step, what, sentence, sizeof sentence);
  error_set(job->error, "json", "%s", sentence);
  lua_pushnil(L);
  return lua_error(L);
}

static void check_size(lua_State *L, struct encoding *job, const struct step *step) {
  if (job->out->failed || job->out->length > job->most)
    refuse(L, job, step, "the value is too large");
}

static void write_string(lua_State *L, struct encoding *job, const struct step *step,
                         const char *text, size_t length) {
  if (utf8_span(text, length) != length) refuse(L, job, step, "text that is not UTF-8");
  buffer_json(job->out, text, length);
}

void value_write_float(struct buffer *out, double number) {
  char text[40];
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, number);
    if (strtod(text, NULL) == number) break;
  }
  bool marked = false;
  for (char *at = text; *at; at++) {
    if (strchr("0123456789+-", *at)) continue;
    if (*at != 'e') *at = '.'; /* whatever the locale has there */
    marked = true;
  }
  buffer_text(out, text);
  if (!marked) buffer_text(out, ".0");
}

static void write_number(lua_State *L, struct encoding *job, const struct step *step) {
  const lua_Number exact = 9007199254740992.0; /* 2^53 */
  lua_Number number = lua_tonumber(L, -1);
  if (isnan(number)) refuse(L, job, step, "not a number (NaN)");
  if (isinf(number)) refuse(L, job, step, "an infinite number");
  if (lua_isinteger(L, -1))
    buffer_integer(job->out, lua_tointeger(L, -1));
  else if (fabs(number) <= exact && number == (lua_Number)(lua_Integer)number)
    buffer_integer(job->out, (lua_Integer)number);
  else
    value_write_float(job->out, number);
}

static void write_entry(lua_State *L, struct encoding *job, const struct step *step,
                        const struct name *name) {
  struct step next = {step, name->text, 0};
  write_string(L, job, &next, name->text, name->length);
  buffer_append(job->out, ":", 1);
  lua_pushvalue(L, name->index + 1);
  write_value(L, job, &next);
  lua_pop(L, 1);
  check_size(L, job, &next);
}

static void write_entries(lua_State *L, struct encoding *job, const struct step *step,
                          const struct name *names, size_t count) {
  buffer_append(job->out, "{", 1);
  for (size_t i = 0; i < count; i++) {
    if (i) buffer_append(job->out, ",", 1);
    write_entry(L, job, step, &names[i]);
  }
  buffer_append(job->out, "}", 1);
}

static void write_many(lua_State *L, struct encoding *job, const struct step *step,
                       size_t count) {
  struct name *names = lua_newuserdatauv(L, count * sizeof *names, 0);
  lua_pushvalue(L, -2);
  luaL_checkstack(L, 2 * (int)count + 5, NULL);
  shape_names(L, names, count);
  write_entries(L, job, step, names, count);
}

static void write_array(lua_State *L, struct encoding *job, const struct step *step,
                        lua_Integer count) {
  buffer_text(job->out, "[");
  for (lua_Integer i = 1; i <= count; i++) {
    struct step next = {step, NULL, i};
    if (i > 1) buffer_append(job->out, ",", 1);
    lua_rawgeti(L, -1, i);
    write_value(L, job, &next);
    lua_pop(L, 1);
    check_size(L, job, &next);
  }
  buffer_text(job->out, "]");
}

static void write_table(lua_State *L, struct encoding *job, const struct step *step) {
  if (job->depth == VALUE_DEPTH)
    refuse(L, job, step, "tables nested too deep (is one inside itself?)");
  luaL_checkstack(L, SHAPE_ROOM, NULL);
  int table = lua_gettop(L);
  struct name few[SHAPE_FEW];
  struct shape shape = shape_of(L, few);
  if (shape.wrong) refuse(L, job, step, shape.wrong);
  job->depth++;
  if (shape.list)
    write_array(L, job, step, shape.count);
  else if (shape.count > SHAPE_FEW)
    write_many(L, job, step, (size_t)shape.count);
  else
    write_entries(L, job, step, few, (size_t)shape.count);
  lua_settop(L, table);
  job->depth--;
}

static void refuse_type(lua_State *L, struct encoding *job, const struct step *step) {
  char what[64];
  snprintf(what, sizeof what, "a %s cannot be a plain value", luaL_typename(L, -1));
  refuse(L, job, step, what);
}

/* Writes the value on top and leaves it there. */
static void write_value(lua_State *L, struct encoding *job, const struct step *step) {
  size_t length;
  const char *text;
  switch (lua_type(L, -1)) {
  case LUA_TNIL:
    buffer_text(job->out, "null");
    break;
  case LUA_TBOOLEAN:
    buffer_text(job->out, lua_toboolean(L, -1) ? "true" : "false");
    break;
  case LUA_TNUMBER:
    write_number(L, job, step);
    break;
  case LUA_TSTRING:
    text = lua_tolstring(L, -1, &length);
    write_string(L, job, step, text, length);
    break;
  case LUA_TTABLE:
    write_table(L, job, step);
    break;
  default:
    if (!value_is_null(L, -1)) refuse_type(L, job, step);
    buffer_text(job->out, "null");
  }
}

static int encode_protected(lua_State *L) {
  struct encoding *job = lua_touserdata(L, 1);
  luaL_checkstack(L, VALUE_DEPTH * 5, NULL);
  write_value(L, job, NULL);
  check_size(L, job, NULL);
  return 0;
}

bool value_encode(lua_State *L, int index, struct buffer *out, struct error *error) {
  struct error found = {.code = "memory",
                        .message = "out of memory while writing a value"};
  struct encoding job = {out, &found, out->length + VALUE_LIMIT, 0};
  size_t start = out->length;
  bool failed = out->failed;
  index = lua_absindex(L, index);
  int status = LUA_ERRMEM;
  if (lua_checkstack(L, 4)) {
    lua_pushcfunction(L, encode_protected);
    lua_pushlightuserdata(L, &job);
    lua_pushvalue(L, index);
    status = lua_pcall(L, 2, 0, 0);
    if (status == LUA_OK) return true;
    lua_pop(L, 1);
  }
  out->length = start;
  out->failed = failed;
  if (out->data) out->data[start] = '\0';
  return error_set(error, found.code, "%s", found.message);
}
