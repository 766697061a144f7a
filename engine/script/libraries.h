/* What scripts may see of Lua. */
#ifndef SCRIPT_LIBRARIES_H
#define SCRIPT_LIBRARIES_H

#include "script/sandbox.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/* Replaces the globals of a new state by those of the kind, and keeps all of Lua's
 * libraries for libraries_push_trusted. Raises on lack of memory. */
void libraries_open(lua_State *L, const struct sandbox_plan *plan);

/* Pushes the environment of the engine's own Lua code: the scripts' globals, and `lua`
 * with everything. */
void libraries_push_trusted(lua_State *L);

/* Each sets functions of our own in the table at the top, in place of Lua's; all is the
 * index of the table with all of Lua's libraries. */
void library_tostring(lua_State *L); /* base: tostring */
void library_pairs(lua_State *L);    /* base: pairs */
void library_metatables(lua_State *L, int all,
                        bool flow);            /* base: setmetatable, rawset */
void library_protected(lua_State *L, int all); /* base: xpcall */
void library_format(lua_State *L, int all);    /* string: format */
void library_patterns(lua_State *L);           /* string: find, match, gmatch, gsub */
void library_sort(lua_State *L);               /* table: sort */
void library_random(lua_State *L, uint64_t seed);
void library_coroutines(lua_State *L,
                        int all); /* coroutine: create, resume, wrap, close */

/* What luaL_tolstring pushes, but for addresses: "table#1". */
const char *library_tolstring(lua_State *L, int index, size_t *length);

#endif
