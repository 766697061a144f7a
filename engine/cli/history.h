/* A script by its name, as people give it, and the versions of it that were live. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "cli/options.h"

#include <jansson.h>
#include <stdbool.h>

struct history {
  const char *kind;   /* "flow" */
  const char *folder; /* "flows" */
  char name[64];
  char version[65]; /* what stood behind its '@'; "" if nothing */
  char *path;       /* of its file */
  char *text;       /* of its file; NULL when there is none */
  json_t *versions; /* as od_list_versions */
};

/* given is "pin", "flows/pin", "scripts/flows/pin.lua", each perhaps with "@79f992a4". A
 * name alone must be that of one script. False with *error; history_free in either case.
 */
bool history_read(struct history *history, const struct options *options,
                  const char *given, struct od_error *error);
void history_free(struct history *history);

/* The version that begins so, {version, source}; NULL or "" for the newest. The caller
 * decrefs; NULL with *error. */
json_t *history_version(const struct history *history, const struct options *options,
                        const char *version, struct od_error *error);

#endif
