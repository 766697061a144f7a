/* Deletes finished runs that are old, a few at a time. */
#ifndef ENGINE_PRUNING_H
#define ENGINE_PRUNING_H

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/store.h"

#include <ev.h>
#include <stdint.h>

struct pruning;

/* Reads "90d", also h for hours and w for weeks, into milliseconds. False with *error
 * ("settings"). */
bool pruning_age(const char *text, int64_t *age, struct error *error);

/* Begins at once, and looks again each minute for runs that finished longer ago than age
 * (ms) by the clock. NULL if out of memory. */
struct pruning *pruning_new(struct ev_loop *loop, struct store *store, int64_t age,
                            const struct clock *clock, const struct log *log);

/* NULL does nothing. The store must still be open. */
void pruning_free(struct pruning *pruning);

#endif
