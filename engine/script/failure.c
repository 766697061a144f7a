#include "script/failure.h"

#include "script/place.h"
#include "script/utf8.h"

#include <lauxlib.h>
#include <string.h>

struct failure {
  const char *where;
  struct error error;
};

static void take_text(struct failure *failure, const char *text) {
  if (place_span(text))
    error_set(&failure->error, "script", "%s", text);
  else
    error_set(&failure->error, "script", "%s: %s", failure->where, text);
}

/* A field of the raised table, or NULL; it stays on the stack. */
static const char *raw_text(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, 1);
  return lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
}

static void take_table(lua_State *L, struct failure *failure) {
  const char *code = raw_text(L, "code");
  const char *message = raw_text(L, "message");
  if (message)
    error_set(&failure->error, code ? code : "script", "%s", message);
  else
    error_set(&failure->error, code ? code : "script", "%s: a table was raised",
              failure->where);
}

static int take(lua_State *L) {
  struct failure *failure = lua_touserdata(L, 2);
  if (lua_isstring(L, 1))
    take_text(failure, lua_tostring(L, 1));
  else if (lua_istable(L, 1))
    take_table(L, failure);
  else
    error_set(&failure->error, "script", "%s: a %s was raised", failure->where,
              luaL_typename(L, 1));
  return 0;
}

void failure_take(lua_State *L, int status, const char *where, struct error *error) {
  struct failure failure = {.where = where};
  error_set(&failure.error, "memory", "%s: out of memory", where);
  if (status != LUA_ERRMEM && lua_checkstack(L, 4)) {
    lua_pushcfunction(L, take);
    lua_pushvalue(L, -2);
    lua_pushlightuserdata(L, &failure);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
  }
  lua_pop(L, 1);
  utf8_clean(failure.error.code);
  utf8_clean(failure.error.message);
  if (error) *error = failure.error;
}
