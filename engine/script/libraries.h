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

/* base: tostring; pairs; xpcall; setmetatable and rawset */
void library_tostring(lua_State *L);
void library_pairs(lua_State *L);
void library_protected(lua_State *L, int all);
void library_metatables(lua_State *L, int all, bool flow);

/* string: format; find, match, gmatch and gsub */
void library_format(lua_State *L, int all);
void library_patterns(lua_State *L);

/* table: sort */
void library_sort(lua_State *L);

/* math: random, which begins at the plan's seed, and randomseed, which refuses */
void library_random(lua_State *L, const struct sandbox_plan *plan);

/* coroutine: create, resume, wrap and close */
void library_coroutines(lua_State *L, int all);

#endif
