#include "script/libraries.h"
#include "script/limits.h"

#include <lauxlib.h>
#include <lualib.h>

/* A new coroutine counts its instructions from 0 to the period of the hook: without this
 * price, many short ones would run for nothing. */
enum { COST_OF_CREATING = 1000 };

static void check_going(lua_State *L) {
  limits_charge(L, 1);
}

/* Resumes with the count values at the top. Returns how many values it pushed, or -1 and
 * pushes what was raised. */
static int resume(lua_State *L, lua_State *coroutine, int count) {
  struct limits *limits = limits_of(L);
  int results = 0;
  if (!lua_checkstack(coroutine, count)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, coroutine, count);
  limits->running = coroutine;
  int status = lua_resume(coroutine, L, count, &results);
  limits->running = L;
  check_going(L);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(coroutine, L, 1);
    return -1;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(coroutine, results);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  lua_xmove(coroutine, L, results);
  return results;
}

static lua_State *check_coroutine(lua_State *L) {
  lua_State *coroutine = lua_tothread(L, 1);
  luaL_argexpected(L, coroutine, 1, "coroutine");
  return coroutine;
}

static int resume_coroutine(lua_State *L) {
  lua_State *coroutine = check_coroutine(L);
  int results = resume(L, coroutine, lua_gettop(L) - 1);
  lua_pushboolean(L, results >= 0);
  lua_insert(L, results >= 0 ? -(results + 1) : -2);
  return results >= 0 ? results + 1 : 2;
}

/* Closes what the failed coroutine left open, and raises on. A stopped script never gets
 * here: its __close functions would run with the hook disabled. */
static int call_wrapped(lua_State *L) {
  lua_State *coroutine = lua_tothread(L, lua_upvalueindex(1));
  int results = resume(L, coroutine, lua_gettop(L));
  if (results >= 0) return results;
  int status = lua_status(coroutine);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_pop(L, 1);
    lua_resetthread(coroutine);
    check_going(L);
    lua_xmove(coroutine, L, 1);
  }
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int create(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  limits_charge(L, COST_OF_CREATING);
  lua_State *coroutine = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, coroutine, 1);
  return 1;
}

static int wrap(lua_State *L) {
  create(L);
  lua_pushcclosure(L, call_wrapped, 1);
  return 1;
}

static int close_coroutine(lua_State *L) {
  check_going(L);
  int results = lua_tocfunction(L, lua_upvalueindex(1))(L);
  check_going(L);
  return results;
}

void library_coroutines(lua_State *L, int all) {
  static const luaL_Reg functions[] = {
      {"create", create}, {"resume", resume_coroutine}, {"wrap", wrap}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  lua_getfield(L, all, LUA_COLIBNAME);
  lua_getfield(L, -1, "close");
  lua_pushcclosure(L, close_coroutine, 1);
  lua_setfield(L, -3, "close");
  lua_pop(L, 1);
}
