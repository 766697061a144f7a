#include "script/guards.h"
#include "script/libraries.h"

#include <lauxlib.h>

static void refuse_field(lua_State *L, const char *name, const char *why) {
  lua_pushstring(L, name);
  if (lua_rawget(L, 2) != LUA_TNIL) luaL_error(L, "%s is not for scripts: %s", name, why);
  lua_pop(L, 1);
}

/* Lua runs finalizers when it likes and out of reach of the hook that stops scripts. */
static int set_metatable(lua_State *L) {
  lua_settop(L, 2);
  if (lua_istable(L, 2)) {
    refuse_field(L, "__gc", "nothing here needs a finalizer");
    if (lua_toboolean(L, lua_upvalueindex(2)))
      refuse_field(L, "__mode", "when a weak entry goes differs from run to run");
  }
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static int raw_set(lua_State *L) {
  if (guard_is_sealed(L, 1)) return luaL_error(L, "Lua's libraries are read-only here");
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void library_metatables(lua_State *L, int all, bool flow) {
  lua_getfield(L, all, "setmetatable");
  lua_pushboolean(L, flow);
  lua_pushcclosure(L, set_metatable, 2);
  lua_setfield(L, -2, "setmetatable");
  lua_getfield(L, all, "rawset");
  lua_pushcclosure(L, raw_set, 1);
  lua_setfield(L, -2, "rawset");
}
