#include "cli/values.h"

#include <lauxlib.h>
#include <stdbool.h>

enum { DEPTH = 30 };

static void push_object(lua_State *L, const json_t *object) {
  const char *key;
  json_t *value;
  lua_createtable(L, 0, (int)json_object_size(object));
  json_object_foreach ((json_t *)object, key, value) {
    if (json_is_null(value)) continue;
    values_push(L, value);
    lua_setfield(L, -2, key);
  }
}

static void push_array(lua_State *L, const json_t *array) {
  size_t i;
  json_t *value;
  lua_createtable(L, (int)json_array_size(array), 0);
  json_array_foreach (array, i, value) {
    values_push(L, value);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

void values_push(lua_State *L, const json_t *value) {
  luaL_checkstack(L, 4, "a value nests too deep");
  if (json_is_object(value))
    push_object(L, value);
  else if (json_is_array(value))
    push_array(L, value);
  else if (json_is_string(value))
    lua_pushlstring(L, json_string_value(value), json_string_length(value));
  else if (json_is_integer(value))
    lua_pushinteger(L, json_integer_value(value));
  else if (json_is_real(value))
    lua_pushnumber(L, json_real_value(value));
  else if (json_is_boolean(value))
    lua_pushboolean(L, json_is_true(value));
  else
    lua_pushlightuserdata(L, NULL);
}

/* What has been taken so far is given back before the error is raised. */
static json_t *take(lua_State *L, int index, int depth, const char **wrong);

static json_t *take_array(lua_State *L, int index, int depth, const char **wrong) {
  json_t *array = json_array();
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  for (lua_Integer i = 1; i <= count && !*wrong; i++) {
    lua_rawgeti(L, index, i);
    json_array_append_new(array, take(L, lua_gettop(L), depth + 1, wrong));
    lua_pop(L, 1);
  }
  return array;
}

static json_t *take_object(lua_State *L, int index, int depth, const char **wrong) {
  json_t *object = json_object();
  lua_pushnil(L);
  while (lua_next(L, index)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      *wrong = "a table is either a list or has texts as keys";
    else
      json_object_set_new(object, lua_tostring(L, -2),
                          take(L, lua_gettop(L), depth + 1, wrong));
    lua_pop(L, *wrong ? 2 : 1);
    if (*wrong) break;
  }
  return object;
}

static bool is_list(lua_State *L, int index) {
  bool marked = luaL_getmetafield(L, index, "list") != LUA_TNIL;
  if (marked) lua_pop(L, 1);
  return marked || lua_rawlen(L, index) > 0;
}

static json_t *take_text(lua_State *L, int index, const char **wrong) {
  size_t length;
  const char *text = lua_tolstring(L, index, &length);
  json_t *value = json_stringn(text, length);
  if (!value) *wrong = "a text is not UTF-8";
  return value;
}

static json_t *take(lua_State *L, int index, int depth, const char **wrong) {
  if (depth > DEPTH || !lua_checkstack(L, 4)) {
    *wrong = "a table nests too deep";
    return NULL;
  }
  switch (lua_type(L, index)) {
  case LUA_TNIL:
  case LUA_TLIGHTUSERDATA:
    return json_null();
  case LUA_TBOOLEAN:
    return json_boolean(lua_toboolean(L, index));
  case LUA_TNUMBER:
    return lua_isinteger(L, index) ? json_integer(lua_tointeger(L, index))
                                   : json_real(lua_tonumber(L, index));
  case LUA_TSTRING:
    return take_text(L, index, wrong);
  case LUA_TTABLE:
    return is_list(L, index) ? take_array(L, index, depth, wrong)
                             : take_object(L, index, depth, wrong);
  default:
    *wrong = "a function or the like is no plain value";
    return NULL;
  }
}

json_t *values_take(lua_State *L, int index) {
  const char *wrong = NULL;
  json_t *value = take(L, lua_absindex(L, index), 0, &wrong);
  if (!wrong && value) return value;
  json_decref(value);
  luaL_error(L, "%s", wrong ? wrong : "a number that JSON does not have");
  return NULL;
}
