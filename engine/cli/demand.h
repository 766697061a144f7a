/* Asking the engine that serves a store, for the commands that need it. */
#ifndef CLI_DEMAND_H
#define CLI_DEMAND_H

#include "cli/options.h"

#include <jansson.h>

/* The answer (the caller decrefs), or NULL with *error: as od_control, and what the
 * engine refused with ("missing" is "usage" here). */
json_t *demand(const struct options *options, const struct od_demand *asked,
               struct od_error *error);

#endif
