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
  struct follower *followers;
  struct errand *errands;
  struct due *due;
  struct timer *idle; /* on its way to plan.idle */
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
  runs->due = due_new(runs);
  if (runs->due) return runs;
  free(runs);
  return NULL;
}

void runs_free(struct runs *runs) {
  if (!runs) return;
  timer_cancel(runs->idle);
  due_free(runs->due);
  for (struct errand *errand = runs->errands; errand; errand = errand->next)
    errand->runs = NULL;
  while (runs->first) runs_remove(runs, runs->first);
  while (runs->followers) {
    struct follower *follower = runs->followers;
    runs->followers = follower->next;
    free(follower);
  }
  free(runs);
}

const struct runs_plan *runs_plan_of(const struct runs *runs) {
  return &runs->plan;
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
  runs->errands = errand;
}

struct runs *errand_end(struct errand *errand) {
  struct runs *runs = errand->runs;
  if (!runs) return NULL;
  struct errand **link = &runs->errands;
  while (*link != errand) link = &(*link)->next;
  *link = errand->next;
  return runs;
}

/* --- in memory --- */

void runs_add(struct runs *runs, struct run *run) {
  run->next = runs->first;
  runs->first = run;
}

void runs_remove(struct runs *runs, struct run *run) {
  struct run **link = &runs->first;
  while (*link != run) link = &(*link)->next;
  *link = run->next;
  run_free(run);
}

struct run *runs_find(const struct runs *runs, const char *id) {
  struct run *run = runs->first;
  while (run && strcmp(run->id, id) != 0) run = run->next;
  return run;
}

struct call *runs_search(const struct runs *runs, runs_test_fn test,
                         const void *context) {
  for (struct run *run = runs->first; run; run = run->next)
    for (int i = 1; i <= run_call_count(run); i++)
      if (test(context, run_call(run, i))) return run_call(run, i);
  return NULL;
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
    if (run->turn) return true;
    for (int i = 1; i <= run_call_count(run); i++)
      if (call_is_busy(run_call(run, i))) return true;
  }
  return false;
}

static bool is_placing(const void *context, const struct call *call) {
  (void)context;
  return submission_is_placing(call_submission(call));
}

bool runs_are_placing(const struct runs *runs) {
  return runs_search(runs, is_placing, NULL) != NULL;
}

void runs_recover(struct runs *runs) {
  due_recover(runs->due);
}

void runs_started(struct runs *runs) {
  runs->started++;
}

void runs_measure(const struct runs *runs, struct runs_figures *figures) {
  *figures = (struct runs_figures){.started = runs->started};
  for (size_t i = 0; i < RUNS_ENDS; i++) {
    figures->ended[i].state = ends[i];
    figures->ended[i].count = runs->ended[i];
  }
  for (const struct run *run = runs->first; run; run = run->next) figures->in_memory++;
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
  runs->followers = follower;
  return follower;
}

struct follower *runs_follower(struct runs *runs, const char *run) {
  struct follower *follower = runs->followers;
  while (follower && strcmp(follower->run, run) != 0) follower = follower->next;
  return follower;
}

size_t runs_under_way(const struct runs *runs) {
  size_t count = 0;
  for (struct follower *follower = runs->followers; follower; follower = follower->next)
    count += !follower->done;
  return count;
}

static void idle(void *context) {
  struct runs *runs = context;
  runs->idle = NULL;
  if (runs_under_way(runs) == 0) runs->plan.idle(runs->plan.context);
}

void runs_ended(struct run *run) {
  struct runs *runs = run->runs;
  if (run->follower) run->follower->done = true;
  for (size_t i = 0; i < RUNS_ENDS; i++)
    runs->ended[i] += strcmp(ends[i], run->state) == 0;
  if (!runs->idle) runs->idle = timer_after(runs->plan.loop, 0, idle, runs);
}
