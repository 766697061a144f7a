/* Flows without a phone: a Lua state with the program's own modules (lua/rehearsal),
 * among them an engine whose clock and telephone lines are theirs. */
#ifndef CLI_REHEARSAL_H
#define CLI_REHEARSAL_H

#include "cli/options.h"

#include <lua.h>

/* Calls the function that the module returns with {settings, config_file, json, own,
 * arguments}; the number it returns is the exit status. A failure of the module itself is
 * told on stderr and is EXIT_FAILED. */
int rehearsal_run(const char *module, const struct options *options);

/* The module "rehearsal.engine", see rehearsal_engine.c. */
int rehearsal_open_engine(lua_State *L);

#endif
