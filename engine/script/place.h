/* Where in a script something happened, as messages begin: "flows/pin.lua:18: ". */
#ifndef SCRIPT_PLACE_H
#define SCRIPT_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes such a beginning takes; 0 when the text has none. */
size_t place_span(const char *text);

/* The line that it names, and where the file's name ends (length, may be NULL). 0 when
 * the text has no such beginning. */
int place_line(const char *text, size_t *length);

/* Writes a line of a script, by its number, without the blanks at its ends; what is too
 * long is cut. False when there is none. */
bool place_source(const char *script, int line, char *out, size_t size);

#endif
