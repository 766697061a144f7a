/* The line of a script that something is about: the one place that shows it. */
#ifndef CLI_EXCERPT_H
#define CLI_EXCERPT_H

#include "cli/style.h"

/* A line of a text, by its number, without the blanks at its ends; NULL when there is
 * none (or no memory). The caller frees it. */
char *excerpt_line(const char *text, int line);

/* The same of a file. */
char *excerpt_read(const char *path, int line);

/* The place that a message begins with, "pin.lua:18: …": returns its line, and its file
 * in file; 0 when it has none. */
int excerpt_place(const char *message, char *file, size_t size);

/* Prints the line (as it stands in the file, blanks and all) with its number before it,
 * and below it what the message names in quotes, marked, where that is in it:
 *
 *     12 |   call:sya "Hello"
 *        |        ^^^
 */
void excerpt_print(FILE *out, const struct style *style, int line, const char *text,
                   const char *message);

#endif
