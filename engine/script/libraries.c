#include "script/libraries.h"

#include "script/guards.h"

#include <lauxlib.h>
#include <lualib.h>

/* Its address is a key of the registry: the environment of trusted code. */
static const char trusted_key;

static const luaL_Reg openers[] = {
    {LUA_GNAME, luaopen_base},       {LUA_STRLIBNAME, luaopen_string},
    {LUA_TABLIBNAME, luaopen_table}, {LUA_MATHLIBNAME, luaopen_math},
    {LUA_UTF8LIBNAME, luaopen_utf8}, {LUA_COLIBNAME, luaopen_coroutine},
    {LUA_DBLIBNAME, luaopen_debug},  {NULL, NULL},
};
static const luaL_Reg live_openers[] = {{LUA_OSLIBNAME, luaopen_os}, {NULL, NULL}};

static const char *const base_names[] = {
    "_VERSION", "assert", "error",  "getmetatable", "ipairs", "pcall",
    "rawget",   "rawlen", "select", "type",         NULL,
};
static const char *const guarded_base_names[] = {"rawequal", "tonumber", NULL};
static const char *const string_names[] = {
    "byte", "char", "len",     "lower", "pack",   "packsize",
    "rep",  "sub",  "reverse", "upper", "unpack", NULL,
};
static const char *const table_names[] = {
    "concat", "insert", "move", "pack", "remove", "unpack", NULL,
};
static const char *const utf8_names[] = {
    "char", "codepoint", "codes", "len", "offset", NULL,
};
static const char *const math_names[] = {
    "abs", "acos",       "asin",      "atan", "ceil",       "cos", "deg",
    "exp", "floor",      "fmod",      "huge", "log",        "max", "min",
    "pi",  "maxinteger", "modf",      "rad",  "mininteger", "sin", "sqrt",
    "tan", "ult",        "tointeger", "type", NULL,
};
static const char *const live_math_names[] = {"random", "randomseed", NULL};
static const char *const live_base_names[] = {"next", "pairs", NULL};
static const char *const coroutine_names[] = {
    "isyieldable", "running", "status", "yield", NULL,
};
static const char *const os_names[] = {"clock", "date", "time", NULL};

static void open_all(lua_State *L, const luaL_Reg *each) {
  for (; each->func; each++) {
    luaL_requiref(L, each->name, each->func, true);
    lua_pop(L, 1);
  }
}

/* Copies fields of the table at index from to the one at the top; guarded as functions of
 * this library, unless it is NULL. */
static void copy(lua_State *L, int from, const char *const *names, const char *guard) {
  for (; *names; names++) {
    lua_getfield(L, from, *names);
    if (guard) guard_function(L, guard, *names);
    lua_setfield(L, -2, *names);
  }
}

/* Pushes a new library, with functions of Lua's one of this name. */
static void begin(lua_State *L, int all, const char *library, const char *const *names,
                  bool guarded) {
  lua_getfield(L, all, library);
  lua_newtable(L);
  copy(L, lua_gettop(L) - 1, names, guarded ? library : NULL);
  lua_remove(L, -2);
}

/* Lua looks there for the names of functions in its messages. */
static void keep_names(lua_State *L, const char *library) {
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, library);
  lua_pop(L, 1);
}

static void end(lua_State *L, const char *library) {
  keep_names(L, library);
  guard_table(L);
  lua_setfield(L, -2, library);
}

/* ("x"):upper() finds what string.upper is for scripts. */
static void set_methods(lua_State *L) {
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
}

static void open_base(lua_State *L, int all, bool flow) {
  copy(L, all, base_names, NULL);
  copy(L, all, guarded_base_names, LUA_GNAME);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, LUA_GNAME);
  library_tostring(L);
  library_protected(L, all);
  library_metatables(L, all, flow);
  if (flow)
    library_pairs(L);
  else
    copy(L, all, live_base_names, NULL);
  keep_names(L, LUA_GNAME);
}

static void open_string(lua_State *L, int all) {
  begin(L, all, LUA_STRLIBNAME, string_names, true);
  library_format(L, all);
  library_patterns(L);
  set_methods(L);
  end(L, LUA_STRLIBNAME);
}

static void open_table(lua_State *L, int all) {
  begin(L, all, LUA_TABLIBNAME, table_names, true);
  library_sort(L);
  end(L, LUA_TABLIBNAME);
}

static void open_utf8(lua_State *L, int all) {
  begin(L, all, LUA_UTF8LIBNAME, utf8_names, true);
  lua_getfield(L, all, LUA_UTF8LIBNAME);
  lua_getfield(L, -1, "charpattern");
  lua_setfield(L, -3, "charpattern");
  lua_pop(L, 1);
  end(L, LUA_UTF8LIBNAME);
}

static void open_math(lua_State *L, int all, const struct sandbox_plan *plan) {
  bool flow = plan->kind == SANDBOX_FLOW;
  begin(L, all, LUA_MATHLIBNAME, math_names, false);
  if (flow) {
    library_random(L, plan);
  } else {
    lua_getfield(L, all, LUA_MATHLIBNAME);
    lua_insert(L, -2);
    copy(L, lua_gettop(L) - 1, live_math_names, NULL);
    lua_remove(L, -2);
  }
  end(L, LUA_MATHLIBNAME);
}

static void open_live(lua_State *L, int all) {
  begin(L, all, LUA_OSLIBNAME, os_names, true);
  end(L, LUA_OSLIBNAME);
  begin(L, all, LUA_COLIBNAME, coroutine_names, false);
  library_coroutines(L, all);
  end(L, LUA_COLIBNAME);
}

/* The environment of trusted code: it reads through to the scripts' globals, at the top.
 */
static void keep_trusted(lua_State *L, int all) {
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, all);
  lua_setfield(L, -2, "lua");
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &trusted_key);
}

void libraries_push_trusted(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &trusted_key);
}

void libraries_open(lua_State *L, const struct sandbox_plan *plan) {
  bool flow = plan->kind == SANDBOX_FLOW;
  open_all(L, openers);
  if (!flow) open_all(L, live_openers);
  lua_pushglobaltable(L);
  int all = lua_gettop(L);
  lua_newtable(L);
  open_base(L, all, flow);
  open_string(L, all);
  open_table(L, all);
  open_utf8(L, all);
  open_math(L, all, plan);
  if (!flow) open_live(L, all);
  keep_trusted(L, all);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pop(L, 1);
}
