/* Leaving memory: a run that waits keeps nothing here, only its rows in the store. */
#include "run/call.h"
#include "run/internal.h"
#include "timer/timer.h"

#include <stdlib.h>
#include <string.h>

enum { CROWD = 1000 /* runs in memory, each with a Lua state of some 100 KiB */ };

/* Ops that can be begun again in another life just as they were left. */
static bool rests(const struct run *run) {
  static const char *const names[] = {"sleep", "collect", "wait", "place", "detach"};
  if (!run->task || !task_op(run->task)->kind) return run->returned || run->ended;
  const char *name = task_op(run->task)->kind->name;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

static int64_t earlier(int64_t a, int64_t b) {
  if (a == 0 || b == 0) return a + b;
  return a < b ? a : b;
}

/* Whether nothing is under way but waiting; *wake says until when. */
static bool can_leave(const struct run *run, int64_t *wake) {
  *wake = 0;
  if (run->turn || (run->task && task_is_held(run->task))) return false;
  for (int i = 1; i <= run_call_count(run); i++) {
    const struct call *call = run_call(run, i);
    if (call_is_busy(call)) return false;
    *wake = earlier(*wake, call_wake(call));
  }
  if (!run_is_under_way(run)) return true; /* ended or parked */
  if (!rests(run)) return false;
  if (run->task && task_op(run->task)->kind)
    *wake = earlier(*wake, task_op(run->task)->due);
  return true;
}

/* Its rows are on disk: if nothing has happened to it since, it goes. */
static void written(void *context, const struct error *error) {
  struct run_sync *sync = context;
  struct runs *runs = errand_end(&sync->errand);
  struct run *run = runs ? runs_find(runs, sync->run) : NULL;
  int64_t wake;
  bool leaves = run && !error && run->stirs == sync->note && can_leave(run, &wake);
  if (leaves) {
    bool waits = run_is_under_way(run);
    log_line(runs_plan_of(runs)->log, LEVEL_DEBUG, "run %s has left memory", run->id);
    runs_remove(runs, run);
    if (waits) runs_left(runs, sync->run, wake);
  } else if (run) {
    run_stir(run);
  }
  free(sync);
}

static void leave(struct run *run, int64_t wake) {
  run->wake = wake ? wake : INT64_MAX; /* for ever, that is until something happens */
  if (!run->ended) {
    for (int i = 1; i <= run_call_count(run); i++) call_save(run_call(run, i));
    run_save(run);
  }
  if (!run_sync(run, run->stirs, written)) run_stir(run);
}

/* The more of them are in memory, the sooner a run has to go. */
static double patience_for(const struct run *run) {
  double patience = run_plan(run)->patience;
  double share = CROWD / (double)runs_count(run->runs);
  return share < 1 ? patience * share * share : patience;
}

static void stay(struct run *run) {
  timer_cancel(run->doze);
  run->doze = NULL;
  queue_leave(runs_queue(run->runs), &run->queued);
}

void run_enqueue(struct run *run, queue_fn begin) {
  run->queued = (struct queued){.begin = begin, .context = run};
  queue_enter(runs_queue(run->runs), &run->queued);
}

static void dozing(void *context);

static void look(void *context) {
  struct run *run = context;
  int64_t wake;
  stay(run);
  double patience = patience_for(run);
  bool always = patience <= 0;
  bool leaves = can_leave(run, &wake) && !(always && run->stays) &&
                store_has_room(run_plan(run)->store, NULL);
  if (!always && wake && wake - run_now(run) < (int64_t)(patience * 1000))
    leaves = false; /* not worth the journey */
  if (leaves)
    leave(run, wake);
  else if (!always) /* what it waits for stirs it, so no sooner because of others */
    run->doze = timer_after(run_plan(run)->loop, run_plan(run)->patience, dozing, run);
}

/* Thousands may be due at once. */
static void dozing(void *context) {
  struct run *run = context;
  run->doze = NULL;
  run_enqueue(run, look);
}

void run_go(struct run *run) {
  look(run);
}

void run_linger(struct run *run) {
  stay(run);
  run->doze = timer_after(run_plan(run)->loop, patience_for(run), dozing, run);
}

void run_stir(struct run *run) {
  run->stirs++;
  if (run->wake) { /* it had its coat on already */
    run->wake = 0;
    if (!run->ended) run_save(run);
  }
  run_linger(run);
}
