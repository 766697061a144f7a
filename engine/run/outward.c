/* Ops that begin only once their rows are on disk: those that change the world outside,
 * so that a later life knows that they may have happened, and all while the disk is
 * behind. */
#include "run/internal.h"
#include "run/journal.h"
#include "timer/timer.h"

#include <stdlib.h>
#include <string.h>

static const double breather = 1; /* seconds until the disk is tried again */

struct outward {
  struct errand errand;
  char run[ID_RUN_SIZE];
  int seq;
};

static void try_again(void *context) {
  struct run *run = context;
  run->turn = NULL;
  run_hold(run);
}

static void wait_for_disk(struct run *run) {
  run->turn = timer_after(run_plan(run)->loop, breather, try_again, run);
}

static void written(void *context, const struct error *error) {
  struct outward *outward = context;
  struct runs *runs = errand_end(&outward->errand);
  struct run *run = runs ? runs_find(runs, outward->run) : NULL;
  bool waits = run && run->task && journal_seq(run->journal) == outward->seq;
  free(outward);
  if (!waits || run->turn) return; /* it has been left meanwhile */
  if (error) {
    wait_for_disk(run);
    return;
  }
  run_linger(run); /* while it was held it could not leave */
  task_go_ahead(run->task);
}

void run_hold(struct run *run) {
  struct outward *outward = calloc(1, sizeof *outward);
  if (!outward) {
    wait_for_disk(run);
    return;
  }
  errand_begin(&outward->errand, run->runs);
  memcpy(outward->run, run->id, sizeof outward->run);
  outward->seq = journal_seq(run->journal);
  if (store_sync(run_plan(run)->store, written, outward)) return;
  errand_end(&outward->errand);
  free(outward);
  wait_for_disk(run);
}
