/* What can be seen wrong in a script without running it: syntax, globals, options,
 * definition, and the same of the modules it requires. */
#ifndef ENGINE_CHECKER_H
#define ENGINE_CHECKER_H

#include "outdial.h"
#include "script/sandbox.h"

#include <jansson.h>

struct checker;

/* To be used by one thread at a time. NULL with *error ("memory"). */
struct checker *checker_new(struct error *error);
void checker_free(struct checker *checker); /* NULL does nothing */

struct check {
  const struct source *source;
  enum source_kind kind;
  bool strict;       /* also what only makes it worse to use */
  json_t *providers; /* the names there are; NULL: who carries a call does not matter */
  sandbox_find_fn find; /* for the modules it requires, anywhere in its text; asked for
                           each at least once */
  void *find_context;
  od_problem_fn problem;
  void *context; /* for problem */
  bool *drawn; /* set when the definition may follow from math.random; NULL: no matter */
};

/* Loads the script in a scratch state, within the limits that hold for a run. Returns
 * whether there was no problem. */
bool checker_examine(struct checker *checker, const struct check *check);

/* "file:12: sentence", where file is path, as line 12 and its sentence; otherwise line 0
 * and all of it. */
const char *checker_split(const char *message, const char *path, int *line);

#endif
