/* Plain values as jansson has them, from and to Lua: what value.h does with text, without
 * the text. */
#ifndef SCRIPT_TREE_H
#define SCRIPT_TREE_H

#include "base/buffer.h"
#include "base/error.h"

#include <jansson.h>
#include <lua.h>
#include <stdbool.h>

/* Pushes the value as value_decode would its text: null is value_null, arrays are marked,
 * integral floats within ±2^53 are integers. On failure pushes nothing and sets *error
 * ("json", or "memory" where it does not fit in the sandbox). Never raises. */
bool tree_push(lua_State *L, const json_t *value, struct error *error);

/* The same for each value of an array, nulls as nil; *count is how many there are. */
bool tree_push_each(lua_State *L, const json_t *values, int *count, struct error *error);

/* The same for what the function returns. It finds given (not NULL) at index 1 as a light
 * userdata, and may raise. */
bool tree_push_by(lua_State *L, lua_CFunction give, const void *given,
                  struct error *error);

/* For such a function: pushes the value, which will be so deep inside others, or the
 * values of an array, nulls as nil, and returns how many there are. Both raise. */
void tree_give(lua_State *L, const json_t *value, int depth);
int tree_give_each(lua_State *L, const json_t *values);

/* The value at index, with an object's names in the order of their bytes; nil is null.
 * Refuses what value_encode refuses, in the same words: NULL with *error. Never raises;
 * leaves the stack as it was. The result is the caller's. */
json_t *tree_take(lua_State *L, int index, struct error *error);

/* Appends the value as JSON text without blanks, names in their order: of what tree_take
 * gave, the text that value_encode has. False if it does not fit. */
bool tree_write(const json_t *value, struct buffer *out);

/* An array of the topmost values, the first of them lowest on the stack. */
json_t *tree_take_each(lua_State *L, int count, struct error *error);

#endif
