/* A recorded run once more, for somebody who wants to know: its script, or an edited one,
 * is fed what the journal has. Nothing is sent, nothing is written. */
#ifndef RUN_REPLAY_H
#define RUN_REPLAY_H

#include "script/op.h"
#include "script/script.h"

struct replay_plan {
  struct script_plan script; /* its finder is for the modules of the edited script */
  const struct op_kind *const *op_kinds;
};

/* saved: the run as the store tells it (STORE_RUN). edited: the script to be fed (its
 * path is changed as that of a run's), or NULL for the one that the run began with.
 * Returns what od_replay_run says, owned by the caller. NULL with *error: what
 * script_load says of the edited script, "parameters" (it would refuse those of the run),
 * "mismatch" (the run's own script does not do again what it did), "store", "memory". */
json_t *replay_of(const struct replay_plan *plan, const json_t *saved,
                  struct source *edited, struct error *error);

#endif
