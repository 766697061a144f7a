/* Whether bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms). */
#ifndef SCRIPT_UTF8_H
#define SCRIPT_UTF8_H

#include <stddef.h>

/* How many of the bytes, from the first on, are whole and valid characters. */
size_t utf8_span(const char *text, size_t length);

/* Replaces what is not UTF-8, and control characters, by '?'; drops a character that was
 * cut at the end. */
void utf8_clean(char *text);

#endif
