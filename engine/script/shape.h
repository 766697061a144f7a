/* A table as a plain value: a list or an object, and how a value inside it is reached. */
#ifndef SCRIPT_SHAPE_H
#define SCRIPT_SHAPE_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct shape {
  bool list;
  lua_Integer count; /* entries */
  const char *wrong; /* why the table is no plain value; NULL if it is one */
};

enum {
  SHAPE_FEW = 16,
  SHAPE_ROOM = 2 * SHAPE_FEW + 5, /* slots of the stack for shape_of and one value more */
};

struct name {
  const char *text; /* its table keeps it */
  size_t length;
  int index; /* where on the stack it is; the value is above it */
};

/* Of the table on top. Never raises; needs SHAPE_ROOM of the stack. Of an object with at
 * most SHAPE_FEW entries the names and values are pushed, and told sorted by bytes. */
struct shape shape_of(lua_State *L, struct name few[SHAPE_FEW]);

/* The same of an object that has more, `count`; needs two slots for each, and five. */
void shape_names(lua_State *L, struct name *names, size_t count);

/* How a value is reached: verbs[2].text is three of these. */
struct step {
  const struct step *from;
  const char *name;
  lua_Integer place; /* where name is NULL */
};

/* Writes "verbs[2].text: what", or only what for the outermost value (step NULL). */
void step_explain(const struct step *step, const char *what, char *out, size_t size);

#endif
