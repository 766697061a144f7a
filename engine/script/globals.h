/* Which globals a script uses, read from its compiled form. */
#ifndef SCRIPT_GLOBALS_H
#define SCRIPT_GLOBALS_H

#include "base/error.h"
#include "script/source.h"

typedef void (*globals_fn)(void *context, const char *name, int line, bool written);

/* Compiles the text (never runs it) and reports each read or write of a global, in line
 * order. Decodes Lua 5.4's dump format, whose version it checks. False with *error
 * ("syntax", file:line first) when it does not compile. */
bool globals_scan(const struct source *source, globals_fn found, void *context,
                  struct error *error);

#endif
