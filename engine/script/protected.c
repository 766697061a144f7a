#include "script/guards.h"
#include "script/libraries.h"
#include "script/limits.h"

#include <lauxlib.h>

/* The message handler of xpcall; its upvalue is the script's. One that ran while the
 * script is being stopped could not be stopped itself: Lua disables hooks in there. */
static int handle(lua_State *L) {
  lua_settop(L, 1);
  if (limits_of(L)->stopped) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

static int protected_call(lua_State *L) {
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, handle, 1);
  lua_replace(L, 2);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void library_protected(lua_State *L, int all) {
  lua_getfield(L, all, "xpcall");
  lua_pushcclosure(L, protected_call, 1);
  lua_setfield(L, -2, "xpcall");
}
