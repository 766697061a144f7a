/* What the files of this room share. */
#ifndef RUN_INTERNAL_H
#define RUN_INTERNAL_H

#include "run/run.h"

const struct runs_plan *runs_plan_of(const struct runs *runs);
void runs_add(struct runs *runs, struct run *run);

/* A run has finished or was parked. */
void runs_ended(struct runs *runs);

struct run **run_next(struct run *run);
bool run_is_under_way(const struct run *run);
void run_free(struct run *run);

#endif
