/* Plain values between Lua states, the journal and the wire: JSON text with integers kept
 * integers, `[]` kept an array, null visible, and one spelling for one value. */
#ifndef SCRIPT_VALUE_H
#define SCRIPT_VALUE_H

#include "base/buffer.h"
#include "base/error.h"

#include <lua.h>
#include <stdbool.h>

enum {
  VALUE_DEPTH = 64,      /* deepest nesting of tables, either way */
  VALUE_LIMIT = 4 << 20, /* most bytes of JSON text, either way */
};

/* Appends the value at index as canonical JSON: keys sorted by bytes, integers exact,
 * floats with the fewest digits that read back the same (an integral float within ±2^53
 * is written as an integer), no blanks. A table is an array if it was marked by
 * value_array or has the keys 1..n and no other (n >= 1); else an object with string
 * keys. Refused, with the path of the culprit ("verbs[2].text"): functions, userdata,
 * threads, NaN and infinities, mixed or sparse keys, cycles or depth over VALUE_DEPTH,
 * text that is not UTF-8. nil is null. *error: "json", "memory". Never raises a Lua
 * error; leaves the stack, and on failure the buffer, as it was. */
bool value_encode(lua_State *L, int index, struct buffer *out, struct error *error);

/* Appends a float: the fewest digits that read back the same, with a mark that it is no
 * integer. */
void value_write_float(struct buffer *out, double number);

/* Pushes the value that the text holds; on failure pushes nothing and sets *error ("json"
 * with the position, or "memory" where it does not fit in the sandbox). Numbers without
 * fraction and exponent become integers where they fit in 64 bits, integral floats within
 * ±2^53 too; null becomes value_null, arrays are marked. Built on lua-cjson, which does
 * the parsing. Never raises. */
bool value_decode(lua_State *L, const char *text, size_t length, struct error *error);

/* Pushes the one value that stands for JSON's null (a light userdata; prints "null"). */
void value_push_null(lua_State *L);
bool value_is_null(lua_State *L, int index);

/* Marks the table at index as an array, so that an empty one is `[]`. */
void value_mark_array(lua_State *L, int index);
bool value_is_array(lua_State *L, int index);

/* Readies a new state for the functions above; once per state, raises on lack of memory.
 */
void value_open(lua_State *L);

#endif
