/* Plain values between Lua and JSON. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include <jansson.h>
#include <lua.h>

/* Pushes a value. null is nil in an object and a light userdata of NULL elsewhere, so
 * that a list keeps its places. [0, +1, m] */
void values_push(lua_State *L, const json_t *value);

/* The value there, an empty table as an object unless its metatable has the field "list";
 * the caller decrefs. Raises for what JSON
 * does not have, and for tables that nest deeper than 30. [0, 0, e] */
json_t *values_take(lua_State *L, int index);

#endif
