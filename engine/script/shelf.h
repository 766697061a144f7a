/* Where an engine's scripts are: some in memory, the others in a folder. */
#ifndef SCRIPT_SHELF_H
#define SCRIPT_SHELF_H

#include "script/source.h"

struct shelf;

/* Copies both. NULL with *error: "memory", or "script" for a text that source_find would
 * refuse or whose path is not "flows/NAME.lua", "providers/…" or "lib/…". */
struct shelf *shelf_new(const char *folder, struct error *error);
bool shelf_put(struct shelf *shelf, const char *path, const char *text,
               struct error *error);
void shelf_free(struct shelf *shelf);

/* As source_find, in memory first. */
bool shelf_find(const struct shelf *shelf, enum source_kind kind, const char *name,
                struct source *source, struct error *error);

/* Whether it is the folder that counts: not a script in memory, and not a path. */
bool shelf_is_name(const struct shelf *shelf, enum source_kind kind, const char *name);

/* As source_list, of both. */
char **shelf_list(const struct shelf *shelf, enum source_kind kind);

#endif
