/* The runs of one engine that are in memory, and who follows them. */
#include "run/call.h"
#include "run/due.h"
#include "run/internal.h"
#include "run/submission.h"
#include "timer/timer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct runs {
  struct runs_plan plan;
  struct run *first;
  struct table by_id;
  struct directory directory;
  struct follower *followers;
  struct table followed; /* the same by their runs' ids */
  size_t under_way;      /* of them, neither finished nor parked */
  struct errand *errands;
  struct due *due;
  struct timer *idle; /* on its way to plan.idle */
  struct queue queue;
  bool stopped, accepted;
  run_event_fn hear; /* is told of every run; NULL: nobody is */
  void *hear_context;
  uint64_t started, ended[RUNS_ENDS];
};

/* What a run may come to. */
static const char *const ends[RUNS_ENDS] = {"completed", "failed", "canceled", "unknown",
                                            "parked"};

struct runs *runs_new(const struct runs_plan *plan) {
  struct runs *runs = calloc(1, sizeof *runs);
  if (!runs) return NULL;
  runs->plan = *plan;
  queue_open(&runs->queue, plan->loop, 0);
  runs->due = due_new(runs);
  if (runs->due) return runs;
  free(runs);
  return NULL;
}

static void unfollow(struct runs *runs, struct follower *follower) {
  table_remove(&runs->followed, &follower->entry);
  *follower->link = follower->next;
  if (follower->next) follower->next->link = follower->link;
  free(follower);
}

void runs_free(struct runs *runs) {
  if (!runs) return;
  timer_cancel(runs->idle);
  due_free(runs->due);
  for (struct errand *errand = runs->errands; errand; errand = errand->next)
    errand->runs = NULL;
  while (runs->first) runs_remove(runs, runs->first);
  queue_close(&runs->queue);
  while (runs->followers) unfollow(runs, runs->followers);
  table_free(&runs->by_id);
  table_free(&runs->followed);
  directory_free(&runs->directory);
  free(runs);
}

const struct runs_plan *runs_plan_of(const struct runs *runs) {
  return &runs->plan;
}

struct queue *runs_queue(struct runs *runs) {
  return &runs->queue;
}

void runs_stop(struct runs *runs) {
  runs->stopped = true;
  due_stop(runs->due);
}

bool runs_are_stopped(const struct runs *runs) {
  return runs->stopped;
}

void runs_accept(struct runs *runs) {
  runs->accepted = true;
}

bool runs_accepted(const struct runs *runs) {
  return runs->accepted;
}

struct due *runs_due(const struct runs *runs) {
  return runs->due;
}

void errand_begin(struct errand *errand, struct runs *runs) {
  errand->runs = runs;
  errand->next = runs->errands;
  errand->link = &runs->errands;
  if (errand->next) errand->next->link = &errand->next;
  runs->errands = errand;
}

struct runs *errand_end(struct errand *errand) {
  struct runs *runs = errand->runs;
  if (!runs) return NULL;
  *errand->link = errand->next;
  if (errand->next) errand->next->link = errand->link;
  return runs;
}

bool run_sync(struct run *run, unsigned note, store_done_fn done) {
  struct run_sync *sync = calloc(1, sizeof *sync);
  if (!sync) return false;
  errand_begin(&sync->errand, run->runs);
  memcpy(sync->run, run->id, sizeof sync->run);
  sync->note = note;
  if (store_sync(run_plan(run)->store, done, sync)) return true;
  errand_end(&sync->errand);
  free(sync);
  return false;
}

/* --- in memory --- */

void runs_add(struct runs *runs, struct run *run) {
  run->next = runs->first;
  run->link = &runs->first;
  if (run->next) run->next->link = &run->next;
  runs->first = run;
  table_add(&runs->by_id, &run->entry, run->id);
}

/* Whether there may be something to tell of it yet: a call that was let go is not over.
 */
static bool is_quiet(const struct run *run) {
  for (int i = 1; i <= run_call_count(run); i++) {
    const struct call *call = run_call(run, i);
    if (call_is_placed(call) && !call_is_over(call)) return false;
  }
  return run->ended;
}

void runs_remove(struct runs *runs, struct run *run) {
  table_remove(&runs->by_id, &run->entry);
  *run->link = run->next;
  if (run->next) run->next->link = run->link;
  if (run->follower && is_quiet(run)) unfollow(runs, run->follower);
  run_free(run);
}

struct run *runs_find(const struct runs *runs, const char *id) {
  struct table_entry *entry = table_find(&runs->by_id, id);
  return entry ? table_owner(entry, struct run, entry) : NULL;
}

size_t runs_count(const struct runs *runs) {
  return runs->by_id.count;
}

struct directory *runs_directory(struct runs *runs) {
  return &runs->directory;
}

void runs_put_off(struct run *run) {
  struct runs *runs = run->runs;
  runs_remove(runs, run);
  due_retry(runs->due);
}

void runs_left(struct runs *runs, const char *id, int64_t wake) {
  if (runs->plan.patience <= 0)
    due_recall(runs->due, id);
  else if (wake)
    due_at(runs->due, wake);
}

bool runs_are_busy(const struct runs *runs) {
  for (const struct run *run = runs->first; run; run = run->next) {
    if (run->turn || run->queued.state != QUEUED_NOT) return true;
    for (int i = 1; i <= run_call_count(run); i++)
      if (call_is_busy(run_call(run, i))) return true;
  }
  return false;
}

bool runs_are_placing(const struct runs *runs) {
  for (const struct run *run = runs->first; run; run = run->next)
    for (int i = 1; i <= run_call_count(run); i++)
      if (submission_is_placing(call_submission(run_call(run, i)))) return true;
  return false;
}

bool runs_are_recovered(const struct runs *runs) {
  return due_is_recovered(runs->due);
}

void runs_recover(struct runs *runs) {
  due_recover(runs->due);
}

void runs_started(struct runs *runs) {
  runs->started++;
}

void runs_measure(const struct runs *runs, struct runs_figures *figures) {
  *figures =
      (struct runs_figures){.started = runs->started, .in_memory = runs_count(runs)};
  for (size_t i = 0; i < RUNS_ENDS; i++) {
    figures->ended[i].state = ends[i];
    figures->ended[i].count = runs->ended[i];
  }
}

/* --- followers --- */

void runs_hear(struct runs *runs, run_event_fn hear, void *context) {
  runs->hear = hear;
  runs->hear_context = context;
}

bool runs_listen(const struct run *run) {
  return run->follower || run->runs->plan.event || run->runs->hear;
}

void runs_tell(const struct run *run, const json_t *event) {
  const struct follower *follower = run->follower;
  const struct runs *runs = run->runs;
  const struct runs_plan *plan = &runs->plan;
  run_event_fn told = follower ? follower->event : plan->event;
  char *text = told || runs->hear ? json_dumps(event, JSON_COMPACT) : NULL;
  if (text && runs->hear) runs->hear(runs->hear_context, run->id, text);
  if (text && told)
    plan->tell(plan->context, told, follower ? follower->context : plan->event_context,
               run->id, text);
  free(text);
}

struct follower *runs_follow(struct runs *runs, const char *run, run_event_fn event,
                             void *context) {
  struct follower *follower = calloc(1, sizeof *follower);
  if (!follower) return NULL;
  snprintf(follower->run, sizeof follower->run, "%s", run);
  follower->event = event;
  follower->context = context;
  follower->next = runs->followers;
  follower->link = &runs->followers;
  if (follower->next) follower->next->link = &follower->next;
  runs->followers = follower;
  table_add(&runs->followed, &follower->entry, follower->run);
  runs->under_way++;
  return follower;
}

struct follower *runs_follower(struct runs *runs, const char *run) {
  struct table_entry *entry = table_find(&runs->followed, run);
  return entry ? table_owner(entry, struct follower, entry) : NULL;
}

size_t runs_under_way(const struct runs *runs) {
  return runs->under_way;
}

static void idle(void *context) {
  struct runs *runs = context;
  runs->idle = NULL;
  if (runs_under_way(runs) == 0) runs->plan.idle(runs->plan.context);
}

void runs_ended(struct run *run) {
  struct runs *runs = run->runs;
  if (run->follower && !run->follower->done) {
    run->follower->done = true;
    runs->under_way--;
  }
  for (size_t i = 0; i < RUNS_ENDS; i++)
    runs->ended[i] += strcmp(ends[i], run->state) == 0;
  if (!runs->idle) runs->idle = timer_after(runs->plan.loop, 0, idle, runs);
}
