/* How a flow ended: what it returned, what it raised, or that it was hung up on. */
#ifndef RUN_ENDING_H
#define RUN_ENDING_H

#include "base/error.h"

#include <jansson.h>

struct ending {
  const char *state;      /* "completed", "failed" */
  json_t *result, *error; /* owned; NULL: none */
};

/* values: what the flow returned (an array, or NULL), unless it failed (or NULL).
 * hung_up: how a call that ended it went wrong (taken over), where the flow itself has
 * nothing to say; NULL. */
struct ending ending_of(const json_t *values, const struct error *failed,
                        json_t *hung_up);

#endif
