#include "script/libraries.h"
#include "script/limits.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

/* Its address is a key of the registry: the number of each object that was printed. */
static const char numbers_key;

/* Gives the object at the index the next number in the list at the top. */
static lua_Integer give_number(lua_State *L, int index) {
  lua_rawgeti(L, -1, 0);
  lua_Integer newest = lua_tointeger(L, -1) + 1;
  lua_pop(L, 1);
  lua_pushinteger(L, newest);
  lua_rawseti(L, -2, 0);
  lua_pushvalue(L, index);
  lua_pushinteger(L, newest);
  lua_rawset(L, -3);
  return newest;
}

/* The number of the object at the index; the first one printed is 1. Weak keys: an object
 * that is gone is never printed again, so its number need not be kept. */
static lua_Integer number_of(lua_State *L, int index) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &numbers_key);
  lua_pushvalue(L, index);
  bool known = lua_rawget(L, -2) != LUA_TNIL;
  lua_Integer number = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (!known) number = give_number(L, index);
  lua_pop(L, 1);
  return number;
}

static void push_numbered(lua_State *L, int index) {
  lua_Integer number = number_of(L, index);
  if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
    lua_pushfstring(L, "%s#%I", lua_tostring(L, -1), number);
  else
    lua_pushfstring(L, "%s#%I", luaL_typename(L, index), number);
}

static bool has_address(lua_State *L, int index) {
  switch (lua_type(L, index)) {
  case LUA_TTABLE:
  case LUA_TFUNCTION:
  case LUA_TUSERDATA:
  case LUA_TTHREAD:
    break;
  default:
    return false;
  }
  if (luaL_getmetafield(L, index, "__tostring") == LUA_TNIL) return true;
  lua_pop(L, 1);
  return false;
}

/* What luaL_tolstring pushes, but for addresses. */
static void push_text(lua_State *L, int index) {
  index = lua_absindex(L, index);
  if (!has_address(L, index)) {
    luaL_tolstring(L, index, NULL);
    return;
  }
  int top = lua_gettop(L);
  push_numbered(L, index);
  if (lua_gettop(L) > top + 1) lua_remove(L, -2);
}

static int to_string(lua_State *L) {
  luaL_checkany(L, 1);
  push_text(L, 1);
  return 1;
}

void library_tostring(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &numbers_key);
  lua_pushcfunction(L, to_string);
  lua_setfield(L, -2, "tostring");
}

/* After the directive that starts at text, "%-10.3s": its letter is just before. */
static const char *directive_end(const char *text, const char *end) {
  const char *at = text + 1;
  while (at < end && strchr("-+ #0123456789.", *at) && *at) at++;
  return at < end ? at + 1 : end;
}

/* string.format: %s of an object has no address, and %p is not there. */
static int format(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  const char *end = text + length;
  limits_charge(L, 1 + length);
  for (int argument = 2; text < end;) {
    if (*text != '%') {
      text++;
      continue;
    }
    text = directive_end(text, end);
    if (text[-1] == '%') continue;
    if (text[-1] == 'p') return luaL_error(L, "'%%p' (an address) is not for scripts");
    if (text[-1] == 's' && has_address(L, argument)) {
      push_text(L, argument);
      lua_replace(L, argument);
    }
    argument++;
  }
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void library_format(lua_State *L, int all) {
  lua_getfield(L, all, LUA_STRLIBNAME);
  lua_getfield(L, -1, "format");
  lua_pushcclosure(L, format, 1);
  lua_setfield(L, -3, "format");
  lua_pop(L, 1);
}
