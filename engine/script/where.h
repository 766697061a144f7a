/* Where in an operator's script a coroutine is. */
#ifndef SCRIPT_WHERE_H
#define SCRIPT_WHERE_H

#include <lua.h>
#include <stddef.h>

enum { WHERE_SIZE = 192 };

/* See sandbox_where. Allocates nothing in Lua and does not raise. */
int where_of(lua_State *L, char *out, size_t size);

#endif
