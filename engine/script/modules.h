/* What `require` finds in a sandbox. */
#ifndef SCRIPT_MODULES_H
#define SCRIPT_MODULES_H

#include "script/sandbox.h"

struct pending;
struct kept;

struct modules {
  sandbox_find_fn find; /* NULL: scripts have no modules of their own */
  void *context;
  int loading;             /* chunks whose top level runs, one inside the other */
  struct pending *pending; /* the innermost module being loaded */
  struct kept *kept;       /* the texts of what was compiled */
  size_t kept_bytes;
};

/* Sets the global `require`. Raises on lack of memory. modules outlives the state. */
void modules_open(lua_State *L, struct modules *modules);

/* Gives `require` name the function at the top, which it pops. Raises likewise. */
void modules_offer(lua_State *L, const char *name);

/* Keeps a copy of a script's text, so that messages can show a line of it: up to so much
 * that it matters to nobody. */
void modules_keep(struct modules *modules, const struct source *source);
void modules_forget(struct modules *modules);

/* Adds the line that the message begins with (may be NULL), where its text is kept. */
void modules_show(const struct modules *modules, struct error *error);

/* Compiles a script's text and pushes the function, or a message; returns Lua's status.
 */
int modules_compile(lua_State *L, const struct source *source);

#endif
