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

/* Of the table on top. Never raises; needs three free slots of the stack. */
struct shape shape_of(lua_State *L);

struct name {
  const char *text; /* its table keeps it */
  size_t length;
  int index; /* where on the stack it is */
};

/* Pushes the names of the object on top, `count` of them, and tells them sorted by bytes.
 * Never raises; the stack must have room for count + 3 more. */
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
