#include "script/tree.h"

#include "script/limits.h"
#include "script/shape.h"
#include "script/utf8.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST = 4 /* bytes that any value is taken to have */ };

static const lua_Number exact = 9007199254740992.0; /* 2^53 */

static bool is_integral(lua_Number number) {
  return fabs(number) <= exact && number == (lua_Number)(lua_Integer)number;
}

/* --- to Lua; runs under lua_pcall --- */

static void push(lua_State *L, const json_t *value, int depth);

static void push_real(lua_State *L, lua_Number number) {
  if (is_integral(number))
    lua_pushinteger(L, (lua_Integer)number);
  else
    lua_pushnumber(L, number);
}

static void push_object(lua_State *L, json_t *object, int depth) {
  lua_createtable(L, 0, (int)json_object_size(object));
  for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
    lua_pushlstring(L, json_object_iter_key(at), json_object_iter_key_len(at));
    push(L, json_object_iter_value(at), depth + 1);
    lua_rawset(L, -3);
  }
}

static void push_array(lua_State *L, const json_t *array, int depth) {
  size_t count = json_array_size(array);
  lua_createtable(L, (int)count, 0);
  value_mark_array(L, -1);
  for (size_t i = 0; i < count; i++) {
    push(L, json_array_get(array, i), depth + 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static const char too_deep[] = "nested too deep";

static void push(lua_State *L, const json_t *value, int depth) {
  if (depth > VALUE_DEPTH) luaL_error(L, too_deep);
  switch (json_typeof(value)) {
  case JSON_OBJECT:
    push_object(L, (json_t *)value, depth);
    break;
  case JSON_ARRAY:
    push_array(L, value, depth);
    break;
  case JSON_STRING:
    lua_pushlstring(L, json_string_value(value), json_string_length(value));
    break;
  case JSON_INTEGER:
    lua_pushinteger(L, json_integer_value(value));
    break;
  case JSON_REAL:
    push_real(L, json_real_value(value));
    break;
  case JSON_NULL:
    value_push_null(L);
    break;
  default:
    lua_pushboolean(L, json_is_true(value));
  }
}

void tree_give(lua_State *L, const json_t *value, int depth) {
  luaL_checkstack(L, VALUE_DEPTH * 3, NULL);
  push(L, value, depth);
}

int tree_give_each(lua_State *L, const json_t *values) {
  int count = (int)json_array_size(values);
  luaL_checkstack(L, count, NULL);
  for (int i = 0; i < count; i++) {
    const json_t *value = json_array_get(values, (size_t)i);
    if (json_is_null(value))
      lua_pushnil(L);
    else
      tree_give(L, value, 1);
  }
  return count;
}

/* Within nobody's instructions: the sandbox's cap is looked at afterwards. */
bool tree_push_by(lua_State *L, lua_CFunction give, const void *given,
                  struct error *error) {
  static const char no_room[] = "the value does not fit in the script's memory";
  if (!given || !lua_checkstack(L, 4)) return error_set(error, "memory", no_room);
  int base = lua_gettop(L);
  limits_lenient(L, true);
  lua_pushcfunction(L, give);
  lua_pushlightuserdata(L, (void *)given);
  int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  limits_lenient(L, false);
  if (status == LUA_OK && limits_fits(L)) return true;
  /* No memory for the stack is LUA_ERRRUN, too. */
  const char *wrong = status == LUA_ERRRUN ? lua_tostring(L, -1) : NULL;
  bool deep = wrong && strstr(wrong, too_deep);
  lua_settop(L, base);
  return deep ? error_set(error, "json", "lists and objects nested too deep")
              : error_set(error, "memory", no_room);
}

static int give_one(lua_State *L) {
  tree_give(L, lua_touserdata(L, 1), 0);
  return 1;
}

bool tree_push(lua_State *L, const json_t *value, struct error *error) {
  return tree_push_by(L, give_one, value, error);
}

static int give_each(lua_State *L) {
  return tree_give_each(L, lua_touserdata(L, 1));
}

bool tree_push_each(lua_State *L, const json_t *values, int *count, struct error *error) {
  *count = (int)json_array_size(values);
  return tree_push_by(L, give_each, values, error);
}

/* --- from Lua; nothing here raises --- */

struct taking {
  struct error *error;
  size_t room; /* bytes that the value's text might still have */
  int depth;
};

static json_t *take(lua_State *L, struct taking *job, const struct step *step);

static json_t *refuse(struct taking *job, const struct step *step, const char *what) {
  char sentence[400];
  step_explain(step, what, sentence, sizeof sentence);
  error_set(job->error, "json", "%s", sentence);
  return NULL;
}

static json_t *made(struct taking *job, json_t *value) {
  if (!value) error_set(job->error, "memory", "out of memory while reading a value");
  return value;
}

static bool spend(struct taking *job, const struct step *step, size_t bytes) {
  if (bytes > job->room) {
    refuse(job, step, "the value is too large");
    return false;
  }
  job->room -= bytes;
  return true;
}

static json_t *take_number(lua_State *L, struct taking *job, const struct step *step) {
  if (lua_isinteger(L, -1)) return made(job, json_integer(lua_tointeger(L, -1)));
  lua_Number number = lua_tonumber(L, -1);
  if (isnan(number)) return refuse(job, step, "not a number (NaN)");
  if (isinf(number)) return refuse(job, step, "an infinite number");
  return made(job,
              is_integral(number) ? json_integer((json_int_t)number) : json_real(number));
}

static json_t *take_string(lua_State *L, struct taking *job, const struct step *step) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  if (utf8_span(text, length) != length)
    return refuse(job, step, "text that is not UTF-8");
  if (!spend(job, step, length)) return NULL;
  return made(job, json_stringn_nocheck(text, length));
}

static bool take_entry(lua_State *L, struct taking *job, const struct step *step,
                       json_t *object, const struct name *name) {
  struct step next = {step, name->text, 0};
  if (utf8_span(name->text, name->length) != name->length)
    return refuse(job, &next, "text that is not UTF-8") != NULL;
  if (memchr(name->text, '\0', name->length))
    return refuse(job, &next, "a name with a NUL in it") != NULL;
  if (!spend(job, &next, name->length)) return false;
  lua_pushvalue(L, name->index + 1);
  json_t *value = take(L, job, &next);
  lua_pop(L, 1);
  if (!value) return false;
  if (!json_object_setn_new_nocheck(object, name->text, name->length, value)) return true;
  return made(job, NULL) != NULL;
}

static json_t *take_entries(lua_State *L, struct taking *job, const struct step *step,
                            const struct name *names, size_t count) {
  json_t *object = made(job, json_object());
  bool whole = object != NULL;
  for (size_t i = 0; whole && i < count; i++)
    whole = take_entry(L, job, step, object, &names[i]);
  if (whole) return object;
  json_decref(object);
  return NULL;
}

static json_t *take_many(lua_State *L, struct taking *job, const struct step *step,
                         size_t count) {
  struct name *names = malloc(count * sizeof *names);
  json_t *object = NULL;
  if (names && lua_checkstack(L, 2 * (int)count + 5)) {
    shape_names(L, names, count);
    object = take_entries(L, job, step, names, count);
  } else {
    made(job, NULL);
  }
  free(names);
  return object;
}

static json_t *take_array(lua_State *L, struct taking *job, const struct step *step,
                          lua_Integer count) {
  json_t *array = made(job, json_array());
  for (lua_Integer i = 1; array && i <= count; i++) {
    struct step next = {step, NULL, i};
    lua_rawgeti(L, -1, i);
    json_t *value = take(L, job, &next);
    lua_pop(L, 1);
    if (value && json_array_append_new(array, value) == 0) continue;
    if (value) made(job, NULL);
    json_decref(array);
    array = NULL;
  }
  return array;
}

static json_t *take_table(lua_State *L, struct taking *job, const struct step *step) {
  if (job->depth == VALUE_DEPTH)
    return refuse(job, step, "tables nested too deep (is one inside itself?)");
  if (!lua_checkstack(L, SHAPE_ROOM)) return made(job, NULL);
  int table = lua_gettop(L);
  struct name few[SHAPE_FEW];
  struct shape shape = shape_of(L, few);
  if (shape.wrong) return refuse(job, step, shape.wrong);
  job->depth++;
  json_t *value = NULL;
  if (shape.list)
    value = take_array(L, job, step, shape.count);
  else if (shape.count > SHAPE_FEW)
    value = take_many(L, job, step, (size_t)shape.count);
  else
    value = take_entries(L, job, step, few, (size_t)shape.count);
  lua_settop(L, table);
  job->depth--;
  return value;
}

static json_t *refuse_type(lua_State *L, struct taking *job, const struct step *step) {
  char what[64];
  snprintf(what, sizeof what, "a %s cannot be a plain value", luaL_typename(L, -1));
  return refuse(job, step, what);
}

/* The value on top, which stays there. */
static json_t *take(lua_State *L, struct taking *job, const struct step *step) {
  if (!spend(job, step, LEAST)) return NULL;
  switch (lua_type(L, -1)) {
  case LUA_TNIL:
    return json_null();
  case LUA_TBOOLEAN:
    return json_boolean(lua_toboolean(L, -1));
  case LUA_TNUMBER:
    return take_number(L, job, step);
  case LUA_TSTRING:
    return take_string(L, job, step);
  case LUA_TTABLE:
    return take_table(L, job, step);
  default:
    return value_is_null(L, -1) ? json_null() : refuse_type(L, job, step);
  }
}

json_t *tree_take(lua_State *L, int index, struct error *error) {
  struct taking job = {error, VALUE_LIMIT, 0};
  if (!lua_checkstack(L, 5)) return made(&job, NULL);
  lua_pushvalue(L, index);
  json_t *value = take(L, &job, NULL);
  lua_pop(L, 1);
  return value;
}

json_t *tree_take_each(lua_State *L, int count, struct error *error) {
  json_t *values = json_array();
  for (int i = -count; values && i < 0; i++) {
    json_t *value = tree_take(L, i, error);
    if (value && json_array_append_new(values, value) == 0) continue;
    if (value) error_set(error, "memory", "out of memory while reading a value");
    json_decref(values);
    return NULL;
  }
  if (!values) error_set(error, "memory", "out of memory while reading a value");
  return values;
}

/* --- to text: jansson looks at every byte, and at every table for circles --- */

static void write_list(const json_t *list, struct buffer *out) {
  size_t i;
  json_t *value;
  buffer_text(out, "[");
  json_array_foreach (list, i, value) {
    if (i) buffer_text(out, ",");
    tree_write(value, out);
  }
  buffer_text(out, "]");
}

static void write_object(const json_t *object, struct buffer *out) {
  const char *name, *before = "{";
  json_t *value;
  json_object_foreach ((json_t *)object, name, value) {
    buffer_text(out, before);
    before = ",";
    buffer_json(out, name, strlen(name));
    buffer_text(out, ":");
    tree_write(value, out);
  }
  buffer_text(out, *before == '{' ? "{}" : "}");
}

bool tree_write(const json_t *value, struct buffer *out) {
  switch (json_typeof(value)) {
  case JSON_OBJECT:
    write_object(value, out);
    break;
  case JSON_ARRAY:
    write_list(value, out);
    break;
  case JSON_STRING:
    buffer_json(out, json_string_value(value), json_string_length(value));
    break;
  case JSON_INTEGER:
    buffer_integer(out, json_integer_value(value));
    break;
  case JSON_REAL:
    value_write_float(out, json_real_value(value));
    break;
  default:
    buffer_text(out, json_is_null(value)   ? "null"
                     : json_is_true(value) ? "true"
                                           : "false");
  }
  return !out->failed;
}
