/* outdial.live: what only providers may have, since they are never replayed. */
#include "base/clock.h"
#include "base/id.h"
#include "bind/internal.h"

#include <lauxlib.h>
#include <openssl/evp.h>

enum { BASE64_LIMIT = 64 << 10 };

/* now() → milliseconds since 1970 UTC. [0, +1, -] */
static int now(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "outdial.parts");
  const struct bind_parts *parts = lua_touserdata(L, -1);
  lua_pushinteger(L, clock_now(parts->clock));
  return 1;
}

/* uuid() → a random UUID. [0, +1, e] */
static int uuid(lua_State *L) {
  char text[ID_UUID_SIZE];
  if (!id_uuid(text)) return luaL_error(L, "the kernel gave no random numbers");
  lua_pushstring(L, text);
  return 1;
}

/* base64(text) → RFC 4648 text. [-1, +1, e] */
static int base64(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  luaL_argcheck(L, length <= BASE64_LIMIT, 1, "at most 64 KiB");
  size_t size = 4 * ((length + 2) / 3) + 1;
  char *room = lua_newuserdatauv(L, size, 0);
  int written =
      EVP_EncodeBlock((unsigned char *)room, (const unsigned char *)text, (int)length);
  lua_pushlstring(L, room, (size_t)written);
  return 1;
}

static int write_log(lua_State *L, enum log_level level) {
  const char *text = luaL_checkstring(L, 1);
  lua_getfield(L, LUA_REGISTRYINDEX, "outdial.parts");
  const struct bind_parts *parts = lua_touserdata(L, -1);
  log_line(parts->log, level, "%s", text);
  return 0;
}

/* log.info(text), log.warn(text). [-1, 0, e] */
static int info(lua_State *L) {
  return write_log(L, LEVEL_INFO);
}

static int warn(lua_State *L) {
  return write_log(L, LEVEL_WARNING);
}

int bind_open_live(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"now", now}, {"uuid", uuid}, {"base64", base64}, {NULL, NULL}};
  static const luaL_Reg logs[] = {{"info", info}, {"warn", warn}, {NULL, NULL}};
  luaL_newlib(L, functions);
  luaL_newlib(L, logs);
  lua_setfield(L, -2, "log");
  return 1;
}
