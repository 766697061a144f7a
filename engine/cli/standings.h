/* How the scripts stand: what is live, what is broken and why. */
#ifndef CLI_STANDINGS_H
#define CLI_STANDINGS_H

#include "cli/options.h"

#include <jansson.h>

/* What the engine that serves the store says (GET /scripts of its control API), with
 * "serving": true; where none serves, the same of the files as they are, "good" or
 * "broken". The caller decrefs; NULL with *error. */
json_t *standings_read(const struct options *options, struct od_error *error);

/* Of one script, out of that; NULL when it is not there. */
const json_t *standings_find(const json_t *standings, const char *kind, const char *name);

void standings_print(const json_t *standings);

#endif
