/* What `outdial new` writes: templates that are part of the program. */
#ifndef CLI_DRAFT_H
#define CLI_DRAFT_H

#include "outdial.h"

#include <stdbool.h>

/* A file of a kind of script. */
struct draft {
  const char *suffix; /* after the script's name, "_spec.lua"; NULL: name is whole */
  const char *name;   /* beneath the scripts folder: "flows/.luarc.json" */
  const char *text;   /* in it NAME stands for the script's name */
  const char *what;   /* what it is, for who reads the list of what was written */
};

struct draft_kind {
  const char *word;          /* "flow" */
  const char *folder;        /* "flows" */
  const struct draft *files; /* the script first; up to one without a text */
};

/* NULL when there is no such kind. */
const struct draft_kind *draft_kind_named(const char *word);

/* Whether a script can be named so: letters, digits, '_' and '-', at most 63, and no
 * spec. */
bool draft_is_name(const char *name);

/* The path of a file in a folder of scripts; the caller frees it. NULL if out of memory.
 */
char *draft_path(const struct draft_kind *kind, const struct draft *draft,
                 const char *scripts, const char *name);

/* Writes a new file, and the folders above it. False with *error: "usage" when it is
 * there already, "unwritable". */
bool draft_write(const struct draft *draft, const char *path, const char *name,
                 struct od_error *error);

#endif
