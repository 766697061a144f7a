/* outdial.json: encode, decode, array, null. */
#include "bind/internal.h"
#include "script/value.h"

#include <lauxlib.h>

/* encode(value) → canonical text; raises on what JSON cannot say. [-1, +1, e] */
static int encode(lua_State *L) {
  luaL_checkany(L, 1);
  struct buffer text = {0};
  struct error error;
  if (!value_encode(L, 1, &text, &error)) {
    buffer_free(&text);
    return luaL_error(L, "%s", error.message);
  }
  /* A copy in Lua's own memory first: pushing the text may raise. */
  char *room = lua_newuserdatauv(L, text.length + 1, 0);
  for (size_t i = 0; i <= text.length; i++) room[i] = text.data[i];
  size_t length = text.length;
  buffer_free(&text);
  lua_pushlstring(L, room, length);
  return 1;
}

/* decode(text) → value, or nil and a sentence. [-1, +1|2, e] */
static int decode(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  struct error error;
  if (value_decode(L, text, length, &error)) return 1;
  lua_pushnil(L);
  lua_pushstring(L, error.message);
  return 2;
}

/* array(table) → the same table, marked: an empty one is []. [-1, +1, e] */
static int array(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  value_mark_array(L, 1);
  return 1;
}

int bind_open_json(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"encode", encode}, {"decode", decode}, {"array", array}, {NULL, NULL}};
  luaL_newlib(L, functions);
  value_push_null(L);
  lua_setfield(L, -2, "null");
  return 1;
}
