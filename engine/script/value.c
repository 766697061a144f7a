#include "script/value.h"

#include "base/id.h"
#include "script/limits.h"
#include "script/literals.h"

#include <lauxlib.h>
#include <lua5.4/lua-cjson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Their addresses are keys of the registry. */
static const char array_key, decode_key, nonce_key;

struct decoding {
  const struct buffer *marked;
  const char *nonce;
  size_t nonce_length;
};

void value_push_null(lua_State *L) {
  lua_pushlightuserdata(L, NULL); /* as lua-cjson has it */
}

bool value_is_null(lua_State *L, int index) {
  return lua_islightuserdata(L, index) && !lua_touserdata(L, index);
}

void value_mark_array(lua_State *L, int index) {
  index = lua_absindex(L, index);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
  lua_setmetatable(L, index);
}

bool value_is_array(lua_State *L, int index) {
  if (!lua_istable(L, index) || !lua_checkstack(L, 2)) return false;
  if (!lua_getmetatable(L, index)) return false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
  bool marked = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return marked;
}

static int print_light(lua_State *L) {
  lua_pushstring(L, value_is_null(L, 1) ? "null" : "userdata");
  return 1;
}

/* All light userdata share one metatable; scripts only ever see null. */
static void open_null(lua_State *L) {
  value_push_null(L);
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, print_light);
  lua_setfield(L, -2, "__tostring");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

static void open_array(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "array");
  lua_setfield(L, -2, "__metatable");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &array_key);
}

static void set_option(lua_State *L, const char *name) {
  lua_getfield(L, -2, name);
  lua_insert(L, -2);
  lua_call(L, 1, 0);
}

static void make_nonce(lua_State *L) {
  char nonce[ID_TOKEN_SIZE];
  if (!id_token(nonce)) luaL_error(L, "the kernel has no random bytes");
  lua_pushstring(L, nonce);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &nonce_key);
}

/* A lua-cjson of its own, so that nobody else can change its options; made when the first
 * text is read, which most flows never do. */
static int open_decoder(lua_State *L) {
  limits_owe(L); /* lua-cjson's buffers */
  make_nonce(L);
  lua_pushcfunction(L, luaopen_cjson);
  lua_call(L, 0, 1);
  lua_getfield(L, -1, "new");
  lua_call(L, 0, 1);
  lua_pushboolean(L, false);
  set_option(L, "decode_invalid_numbers");
  lua_pushinteger(L, VALUE_DEPTH);
  set_option(L, "decode_max_depth");
  lua_getfield(L, -1, "decode");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &decode_key);
  return 0;
}

void value_open(lua_State *L) {
  open_null(L);
  open_array(L);
}

static bool is_marker(lua_State *L, int index, const struct decoding *job) {
  size_t length;
  const char *text = lua_tolstring(L, index, &length);
  return length > job->nonce_length && memcmp(text, job->nonce, job->nonce_length) == 0;
}

static void push_number(lua_State *L, lua_Number number) {
  const lua_Number exact = 9007199254740992.0; /* 2^53 */
  if (!isfinite(number)) luaL_error(L, "a number is too large");
  if (fabs(number) <= exact && number == (lua_Number)(lua_Integer)number)
    lua_pushinteger(L, (lua_Integer)number);
  else
    lua_pushnumber(L, number);
}

static void push_marked(lua_State *L, const char *mark) {
  if (*mark == '[') {
    lua_newtable(L);
    value_mark_array(L, -1);
    return;
  }
  lua_stringtonumber(L, mark);
  if (lua_isinteger(L, -1)) return;
  push_number(L, lua_tonumber(L, -1));
  lua_remove(L, -2);
}

static bool push_restored(lua_State *L, const struct decoding *job);

static void restore_table(lua_State *L, const struct decoding *job) {
  if (lua_rawgeti(L, -1, 1) != LUA_TNIL) value_mark_array(L, -2);
  lua_pop(L, 1);
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    bool name = lua_type(L, -2) == LUA_TSTRING;
    if (name && is_marker(L, -2, job))
      luaL_error(L, "a number or a list where a name must be");
    if (push_restored(L, job)) {
      lua_pushvalue(L, -3);
      lua_insert(L, -2);
      lua_rawset(L, -5);
    }
    lua_pop(L, 1);
  }
}

/* Looks at the value on top. True when another, which it pushed, must take its place. */
static bool push_restored(lua_State *L, const struct decoding *job) {
  switch (lua_type(L, -1)) {
  case LUA_TNUMBER:
    push_number(L, lua_tonumber(L, -1));
    return true;
  case LUA_TSTRING:
    if (!is_marker(L, -1, job)) return false;
    push_marked(L, lua_tostring(L, -1) + job->nonce_length);
    return true;
  case LUA_TTABLE:
    restore_table(L, job);
    return false;
  default:
    return false;
  }
}

static int decode_protected(lua_State *L) {
  struct decoding *job = lua_touserdata(L, 1);
  luaL_checkstack(L, VALUE_DEPTH * 4, NULL);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &decode_key);
  lua_pushlstring(L, buffer_string(job->marked), job->marked->length);
  lua_call(L, 1, 1);
  if (push_restored(L, job)) lua_remove(L, -2);
  return 1;
}

/* lua-cjson tells the position in the marked text: says where that is in the given one.
 */
static bool explain(lua_State *L, const char *text, size_t length, const char *nonce,
                    struct error *error) {
  static const char before_position[] = " at character ";
  const char *message = lua_tostring(L, -1);
  if (!message) return error_set(error, "json", "not JSON");
  const char *found = strstr(message, before_position);
  if (!found) return error_set(error, "json", "not JSON: %s", message);
  size_t marked = strtoul(found + strlen(before_position), NULL, 10);
  return error_set(error, "json", "not JSON: %.*s at character %zu",
                   (int)(found - message), message,
                   literals_position(text, length, nonce, marked));
}

static bool no_memory(struct error *error) {
  return error_set(error, "memory", "the value does not fit in the script's memory");
}

/* lua-cjson keeps memory of its own that it loses when Lua runs out of it: so the
 * sandbox's cap is looked at afterwards, here and below. */
static bool ready_decoder(lua_State *L) {
  bool ready = lua_rawgetp(L, LUA_REGISTRYINDEX, &decode_key) != LUA_TNIL;
  lua_pop(L, 1);
  if (ready) return true;
  limits_lenient(L, true);
  lua_pushcfunction(L, open_decoder);
  ready = lua_pcall(L, 0, 0, 0) == LUA_OK;
  limits_lenient(L, false);
  if (!ready) lua_pop(L, 1);
  return ready;
}

static bool decode_marked(lua_State *L, struct decoding *job, int *status) {
  limits_lenient(L, true);
  lua_pushcfunction(L, decode_protected);
  lua_pushlightuserdata(L, job);
  *status = lua_pcall(L, 1, 1, 0);
  limits_lenient(L, false);
  return *status == LUA_OK && limits_fits(L);
}

bool value_decode(lua_State *L, const char *text, size_t length, struct error *error) {
  if (length > VALUE_LIMIT)
    return error_set(error, "json", "a JSON text of %zu bytes; %d are allowed", length,
                     VALUE_LIMIT);
  if (!lua_checkstack(L, 4) || !ready_decoder(L)) return no_memory(error);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &nonce_key);
  const char *nonce = lua_tostring(L, -1);
  lua_pop(L, 1); /* the registry keeps it */
  struct buffer marked = {0};
  struct decoding job = {&marked, nonce, strlen(nonce)};
  int status = LUA_OK;
  bool decoded = literals_mark(text, length, nonce, &marked, error);
  if (!decoded) goto out;
  decoded = decode_marked(L, &job, &status);
  if (decoded) goto out;
  if (status == LUA_OK || status == LUA_ERRMEM)
    no_memory(error);
  else
    explain(L, text, length, nonce, error);
  lua_pop(L, 1);
out:
  buffer_free(&marked);
  return decoded;
}
