#include "script/guards.h"

#include "script/limits.h"

#include <lauxlib.h>
#include <string.h>

enum { BYTES_PER_UNIT = 32 }; /* of text read at the price of one instruction */

static uint64_t length_of(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TSTRING ? lua_rawlen(L, index) : 0;
}

static int charge_texts(lua_State *L) {
  uint64_t bytes = 0;
  for (int i = 1; i <= 4; i++) bytes += length_of(L, i);
  limits_charge(L, 1 + bytes / BYTES_PER_UNIT);
  limits_make_room(L, bytes);
  return 0;
}

/* Nothing, repeated 2^62 times, would keep Lua's loop busy for years. */
static int charge_rep(lua_State *L) {
  charge_texts(L);
  size_t each = length_of(L, 1) + length_of(L, 3), most = SIZE_MAX / 2;
  lua_Integer times = lua_tointeger(L, 2);
  if (times <= 0 || lua_type(L, 1) != LUA_TSTRING) return 0;
  if (each) {
    limits_make_room(L, (size_t)times < most / each ? (size_t)times * each : most);
    return 0;
  }
  lua_pushinteger(L, 0);
  lua_replace(L, 2);
  return 0;
}

static void charge_range(lua_State *L, lua_Integer first, lua_Integer last) {
  if (last < first) return;
  limits_charge(L, (uint64_t)last - (uint64_t)first + 1);
}

/* The length of the list in the first argument. With __len it could be anything, and
 * another one when Lua asks again. */
static lua_Integer list_length(lua_State *L) {
  if (luaL_getmetafield(L, 1, "__len") != LUA_TNIL)
    luaL_argerror(L, 1, "a table with __len is not taken here");
  return lua_istable(L, 1) ? (lua_Integer)lua_rawlen(L, 1) : 0;
}

static int charge_concat(lua_State *L) {
  lua_Integer length = list_length(L);
  charge_texts(L);
  charge_range(L, luaL_optinteger(L, 3, 1), luaL_optinteger(L, 4, length));
  return 0;
}

static int charge_insert(lua_State *L) {
  lua_Integer length = list_length(L);
  if (lua_gettop(L) == 3) charge_range(L, luaL_checkinteger(L, 2), length);
  return 0;
}

static int charge_remove(lua_State *L) {
  lua_Integer length = list_length(L);
  charge_range(L, luaL_optinteger(L, 2, length), length);
  return 0;
}

static int charge_move(lua_State *L) {
  charge_range(L, luaL_checkinteger(L, 2), luaL_checkinteger(L, 3));
  return 0;
}

static int charge_unpack(lua_State *L) {
  lua_Integer length = list_length(L);
  charge_range(L, luaL_optinteger(L, 2, 1), luaL_optinteger(L, 3, length));
  return 0;
}

static const struct charge {
  const char *library, *name;
  lua_CFunction check;
} charges[] = {
    {"string", "rep", charge_rep},      {"table", "concat", charge_concat},
    {"table", "insert", charge_insert}, {"table", "remove", charge_remove},
    {"table", "move", charge_move},     {"table", "unpack", charge_unpack},
    {NULL, NULL, charge_texts},
};

static bool is_for(const struct charge *charge, const char *library, const char *name) {
  if (!charge->name) return true;
  return strcmp(charge->name, name) == 0 && strcmp(charge->library, library) == 0;
}

/* Lua's functions take their arguments from the stack only, so they can be called in the
 * frame of their guard. */
static int guarded(lua_State *L) {
  lua_tocfunction(L, lua_upvalueindex(1))(L);
  return lua_tocfunction(L, lua_upvalueindex(2))(L);
}

void guard_function(lua_State *L, const char *library, const char *name) {
  const struct charge *charge = charges;
  while (!is_for(charge, library, name)) charge++;
  lua_pushcfunction(L, charge->check);
  lua_insert(L, -2);
  lua_pushcclosure(L, guarded, 2);
}

static int refuse_write(lua_State *L) {
  return luaL_error(L, "Lua's libraries are read-only here: keep '%s' in a local",
                    lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "it");
}

void guard_table(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, refuse_write);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

bool guard_is_sealed(lua_State *L, int index) {
  if (luaL_getmetafield(L, index, "__newindex") == LUA_TNIL) return false;
  bool sealed = lua_tocfunction(L, -1) == refuse_write;
  lua_pop(L, 1);
  return sealed;
}
