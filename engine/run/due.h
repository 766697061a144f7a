/* Which runs must come back into memory, and when. */
#ifndef RUN_DUE_H
#define RUN_DUE_H

#include "run/run.h"

struct due;

struct due *due_new(struct runs *runs);
void due_free(struct due *due);
void due_stop(struct due *due); /* what is due is left to the next engine */

/* Some run is due then (wall clock ms). */
void due_at(struct due *due, int64_t wake);

/* Some run could not be brought back: all are tried again, in a minute. */
void due_retry(struct due *due);

/* Every run that is due now, and those that an earlier engine had in memory. */
void due_recover(struct due *due);
bool due_is_recovered(const struct due *due); /* has once come to their end */

/* One run, now. */
void due_recall(struct due *due, const char *run);

/* The same, and tells when it is there: NULL when it is not to be had. */
typedef void (*due_fn)(void *context, struct run *run, const struct error *error);
void due_bring(struct due *due, const char *run, due_fn brought, void *context);

#endif
