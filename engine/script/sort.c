#include "script/libraries.h"
#include "script/limits.h"

#include <lauxlib.h>

enum { LIST = 1, BEFORE = 2, FROM = 3, TO = 4 }; /* places on the stack */

/* Whether the second value must come before the first; both are on top, and go. */
static bool swapped(lua_State *L) {
  bool result;
  limits_charge(L, 2);
  if (lua_isnil(L, BEFORE)) {
    result = lua_compare(L, -1, -2, LUA_OPLT);
    lua_pop(L, 2);
    return result;
  }
  lua_pushvalue(L, BEFORE);
  lua_insert(L, -3);
  lua_insert(L, -2);
  lua_call(L, 2, 1);
  result = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return result;
}

/* Merges the sorted [low, middle) and [middle, high) of FROM into TO. */
static void merge(lua_State *L, lua_Integer low, lua_Integer middle, lua_Integer high) {
  lua_Integer left = low, right = middle;
  for (lua_Integer at = low; at < high; at++) {
    bool take_right = left == middle;
    if (!take_right && right < high) {
      lua_rawgeti(L, FROM, left);
      lua_rawgeti(L, FROM, right);
      take_right = swapped(L);
    }
    lua_rawgeti(L, FROM, take_right ? right++ : left++);
    lua_rawseti(L, TO, at);
  }
}

static lua_Integer least(lua_Integer a, lua_Integer b) {
  return a < b ? a : b;
}

/* table.sort as a merge sort: stable, so that the result does not depend on pivots that
 * Lua may choose by the clock, and never slow. */
static int sort(lua_State *L) {
  luaL_checktype(L, LIST, LUA_TTABLE);
  lua_settop(L, BEFORE);
  if (!lua_isnil(L, BEFORE)) luaL_checktype(L, BEFORE, LUA_TFUNCTION);
  lua_Integer count = luaL_len(L, LIST);
  luaL_argcheck(L, count < INT32_MAX, LIST, "array too big");
  if (count < 2) return 0;
  limits_charge(L, (uint64_t)count);
  lua_createtable(L, (int)count, 0);
  lua_createtable(L, (int)count, 0);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_geti(L, LIST, i);
    lua_rawseti(L, FROM, i);
  }
  for (lua_Integer width = 1; width < count; width *= 2) {
    for (lua_Integer low = 1; low <= count; low += 2 * width)
      merge(L, low, least(low + width, count + 1), least(low + 2 * width, count + 1));
    lua_insert(L, FROM); /* what was written is read next */
  }
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, FROM, i);
    lua_seti(L, LIST, i);
  }
  return 0;
}

void library_sort(lua_State *L) {
  lua_pushcfunction(L, sort);
  lua_setfield(L, -2, "sort");
}
