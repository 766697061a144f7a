/* Ops that begin only once their rows are on disk: those that change the world outside,
 * so that a later life knows that they may have happened, and all while the disk is
 * behind. */
#include "run/internal.h"
#include "run/journal.h"
#include "timer/timer.h"

#include <stdlib.h>

static const double breather = 1; /* seconds until the disk is tried again */

static void try_again(void *context) {
  struct run *run = context;
  run->turn = NULL;
  run_hold(run);
}

static void wait_for_disk(struct run *run) {
  run->turn = timer_after(run_plan(run)->loop, breather, try_again, run);
}

static void written(void *context, const struct error *error) {
  struct run_sync *sync = context;
  struct runs *runs = errand_end(&sync->errand);
  struct run *run = runs ? runs_find(runs, sync->run) : NULL;
  bool waits = run && run->task && (unsigned)journal_seq(run->journal) == sync->note;
  free(sync);
  if (!waits || run->turn) return; /* it has been left meanwhile */
  if (error) {
    wait_for_disk(run);
    return;
  }
  run_linger(run); /* while it was held it could not leave */
  task_go_ahead(run->task);
}

void run_hold(struct run *run) {
  if (!run_sync(run, (unsigned)journal_seq(run->journal), written)) wait_for_disk(run);
}
