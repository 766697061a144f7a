/* Lua's own C functions, charged for: the hook that counts instructions cannot look into
 * them. */
#ifndef SCRIPT_GUARDS_H
#define SCRIPT_GUARDS_H

#include <lua.h>
#include <stdbool.h>

/* Wraps the C function at the top, which Lua has under this name, so that each call
 * counts by the work it is about to do. */
void guard_function(lua_State *L, const char *library, const char *name);

/* Makes the table at the top read-only: what takes its place reads from it. */
void guard_table(lua_State *L);

/* Whether the table at index is one that guard_table left. */
bool guard_is_sealed(lua_State *L, int index);

#endif
