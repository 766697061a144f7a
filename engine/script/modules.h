/* What `require` finds in a sandbox. */
#ifndef SCRIPT_MODULES_H
#define SCRIPT_MODULES_H

#include "script/sandbox.h"

struct pending;

struct modules {
  sandbox_find_fn find; /* NULL: scripts have no modules of their own */
  void *context;
  int loading;             /* chunks whose top level runs, one inside the other */
  struct pending *pending; /* the innermost module being loaded */
};

/* Sets the global `require`. Raises on lack of memory. modules outlives the state. */
void modules_open(lua_State *L, struct modules *modules);

/* Gives `require` name the function at the top, which it pops. Raises likewise. */
void modules_offer(lua_State *L, const char *name);

/* Compiles a script's text and pushes the function, or a message; returns Lua's status.
 */
int modules_compile(lua_State *L, const struct source *source);

#endif
