#include "script/libraries.h"
#include "script/limits.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

enum rank { NUMBERS, TEXTS, BOOLEANS };

struct key {
  enum rank rank;
  int place; /* in the list of keys, as found */
  bool whole;
  lua_Integer integer; /* a boolean too */
  lua_Number number;
  const char *text; /* the list of keys holds it */
  size_t length;
};

static int order(bool before, bool after) {
  return after - before;
}

/* A float key is never an integer's equal: Lua stores those as integers. */
static int compare_mixed(lua_Integer integer, lua_Number number) {
  if (number >= 0x1p63) return -1;
  if (number < -0x1p63) return 1;
  lua_Integer below = (lua_Integer)number - (number < 0); /* it has a fraction */
  return integer <= below ? -1 : 1;
}

static int compare_numbers(const struct key *a, const struct key *b) {
  if (a->whole && b->whole) return order(a->integer<b->integer, a->integer> b->integer);
  if (a->whole) return compare_mixed(a->integer, b->number);
  if (b->whole) return -compare_mixed(b->integer, a->number);
  return order(a->number<b->number, a->number> b->number);
}

static int compare_texts(const struct key *a, const struct key *b) {
  size_t shorter = a->length < b->length ? a->length : b->length;
  int first = memcmp(a->text, b->text, shorter);
  return first ? first : order(a->length<b->length, a->length> b->length);
}

static int compare(const void *left, const void *right) {
  const struct key *a = left, *b = right;
  if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
  if (a->rank == NUMBERS) return compare_numbers(a, b);
  if (a->rank == TEXTS) return compare_texts(a, b);
  return order(a->integer<b->integer, a->integer> b->integer);
}

/* Reads the key at the top of the stack. */
static struct key read_key(lua_State *L, int place) {
  struct key key = {.place = place};
  switch (lua_type(L, -1)) {
  case LUA_TNUMBER:
    key.rank = NUMBERS;
    key.whole = lua_isinteger(L, -1);
    if (key.whole)
      key.integer = lua_tointeger(L, -1);
    else
      key.number = lua_tonumber(L, -1);
    break;
  case LUA_TSTRING:
    key.rank = TEXTS;
    key.text = lua_tolstring(L, -1, &key.length);
    break;
  case LUA_TBOOLEAN:
    key.rank = BOOLEANS;
    key.integer = lua_toboolean(L, -1);
    break;
  default:
    luaL_error(L,
               "pairs: a %s is a key here; a flow goes over numbers, texts and booleans "
               "only, so that it takes the same way each time",
               luaL_typename(L, -1));
  }
  return key;
}

static int count_keys(lua_State *L, int table) {
  int count = 0;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    count++;
  }
  limits_charge(L, (uint64_t)count * 16);
  return count;
}

/* Pushes a list of the table's keys, in order. */
static int push_keys(lua_State *L, int table) {
  int count = count_keys(L, table), found = 0;
  lua_createtable(L, count, 0);
  struct key *keys = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *keys, 0);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    keys[found] = read_key(L, found);
    found++;
    lua_pushvalue(L, -1);
    lua_rawseti(L, -4, found);
  }
  qsort(keys, (size_t)count, sizeof *keys, compare);
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, -3, keys[i].place + 1);
    lua_rawseti(L, -2, i + 1);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
  return count;
}

/* The iterator: its upvalues are the keys, how many, and how many it has given. Keys that
 * are gone by now are passed over. */
static int step(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer count = lua_tointeger(L, lua_upvalueindex(2));
  lua_Integer given = lua_tointeger(L, lua_upvalueindex(3));
  lua_settop(L, 1);
  while (given < count) {
    lua_rawgeti(L, lua_upvalueindex(1), ++given);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 1) != LUA_TNIL) break;
    lua_settop(L, 1);
  }
  lua_pushinteger(L, given);
  lua_replace(L, lua_upvalueindex(3));
  if (lua_gettop(L) == 3) return 2;
  lua_pushnil(L);
  return 1;
}

static int finish_metamethod(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 3;
}

static int sorted_pairs(lua_State *L) {
  luaL_checkany(L, 1);
  if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_callk(L, 1, 3, 0, finish_metamethod);
    return 3;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  int count = push_keys(L, 1);
  lua_pushinteger(L, count);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, step, 3);
  lua_pushvalue(L, 1);
  return 2;
}

void library_pairs(lua_State *L) {
  lua_pushcfunction(L, sorted_pairs);
  lua_setfield(L, -2, "pairs");
}
