/* What goes to the file in one transaction, and who waits for it. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/row.h"
#include "store/store.h"

struct sync;

struct batch {
  struct rows rows;
  struct sync *first_sync, **end_sync; /* end: where the next sync's address goes */
  struct error refused; /* why a row is missing from it; code is empty if none is */
};

void batch_init(struct batch *batch);

bool batch_is_empty(const struct batch *batch);

/* Adds somebody to be told. False if out of memory. */
bool batch_sync(struct batch *batch, store_done_fn done, void *context);

/* Moves all of `more` to the end of `batch`. */
void batch_move(struct batch *batch, struct batch *more);

/* Tells the first of those who wait for the batch how it went, NULL for well; with that
 * he no longer waits. He may add to other batches meanwhile. False when there was
 * none. */
bool batch_settle_one(struct batch *batch, const struct error *error);

/* Frees rows and syncs, telling nobody. */
void batch_free(struct batch *batch);

#endif
