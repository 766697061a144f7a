#include "store/batch.h"

#include <stdlib.h>

struct sync {
  struct sync *next;
  store_done_fn done;
  void *context;
};

static void forget_syncs(struct batch *batch) {
  batch->first_sync = NULL;
  batch->end_sync = &batch->first_sync;
}

void batch_init(struct batch *batch) {
  *batch = (struct batch){0};
  rows_init(&batch->rows);
  forget_syncs(batch);
}

bool batch_is_empty(const struct batch *batch) {
  return !batch->rows.first && !batch->first_sync;
}

bool batch_sync(struct batch *batch, store_done_fn done, void *context) {
  struct sync *sync = malloc(sizeof *sync);
  if (!sync) return false;
  *sync = (struct sync){.done = done, .context = context};
  *batch->end_sync = sync;
  batch->end_sync = &sync->next;
  return true;
}

void batch_move(struct batch *batch, struct batch *more) {
  rows_move(&batch->rows, &more->rows);
  if (more->first_sync) {
    *batch->end_sync = more->first_sync;
    batch->end_sync = more->end_sync;
    forget_syncs(more);
  }
  if (more->refused.code[0]) batch->refused = more->refused;
  more->refused = (struct error){0};
}

bool batch_settle_one(struct batch *batch, const struct error *error) {
  struct sync *sync = batch->first_sync;
  if (!sync) return false;
  batch->first_sync = sync->next;
  if (!batch->first_sync) forget_syncs(batch);
  sync->done(sync->context, error);
  free(sync);
  return true;
}

void batch_free(struct batch *batch) {
  rows_free(&batch->rows);
  for (struct sync *sync = batch->first_sync, *next; sync; sync = next) {
    next = sync->next;
    free(sync);
  }
  forget_syncs(batch);
}
