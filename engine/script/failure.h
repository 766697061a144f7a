/* What a script raised, as an error of ours. */
#ifndef SCRIPT_FAILURE_H
#define SCRIPT_FAILURE_H

#include "base/error.h"

#include <lua.h>

/* Pops the raised value from the stack. A text keeps its place, or gets the one given; a
 * table {code=, message=} keeps its words; *error is "script" otherwise, and "memory" for
 * the status LUA_ERRMEM. Does not raise. */
void failure_take(lua_State *L, int status, const char *where, struct error *error);

#endif
