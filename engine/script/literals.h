/* What lua-cjson would lose of a JSON text, marked before it parses: integers that a
 * float cannot hold, and empty arrays. */
#ifndef SCRIPT_LITERALS_H
#define SCRIPT_LITERALS_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Copies text to *out. Integers of 16 digits and more become the string
 * nonce .. digits, empty arrays the string nonce .. "[". On the way it refuses what
 * lua-cjson lets pass: depth over VALUE_DEPTH, numbers outside of JSON's grammar, bytes
 * that are not UTF-8, control characters. *error: "json". */
bool literals_mark(const char *text, size_t length, const char *nonce, struct buffer *out,
                   struct error *error);

/* Where in text (from 1) a position in its marked copy is. */
size_t literals_position(const char *text, size_t length, const char *nonce,
                         size_t marked);

#endif
