/* The runs of one engine: kept, counted, found by their calls. */
#include "run/call.h"
#include "run/internal.h"
#include "run/run.h"
#include "timer/timer.h"

#include <stdlib.h>
#include <string.h>

struct runs {
  struct runs_plan plan;
  struct run *first;
  struct timer *idle; /* on its way to plan.idle */
};

struct runs *runs_new(const struct runs_plan *plan) {
  struct runs *runs = calloc(1, sizeof *runs);
  if (runs) runs->plan = *plan;
  return runs;
}

void runs_free(struct runs *runs) {
  if (!runs) return;
  timer_cancel(runs->idle);
  while (runs->first) {
    struct run *run = runs->first;
    runs->first = *run_next(run);
    run_free(run);
  }
  free(runs);
}

const struct runs_plan *runs_plan_of(const struct runs *runs) {
  return &runs->plan;
}

void runs_add(struct runs *runs, struct run *run) {
  *run_next(run) = runs->first;
  runs->first = run;
}

size_t runs_under_way(const struct runs *runs) {
  size_t count = 0;
  for (struct run *run = runs->first; run; run = *run_next(run))
    count += run_is_under_way(run);
  return count;
}

static void idle(void *context) {
  struct runs *runs = context;
  runs->idle = NULL;
  if (runs_under_way(runs) == 0) runs->plan.idle(runs->plan.context);
}

void runs_ended(struct runs *runs) {
  if (!runs->idle) runs->idle = timer_after(runs->plan.loop, 0, idle, runs);
}

struct call *runs_call_by_token(struct runs *runs, const char *token) {
  for (struct run *run = runs->first; run; run = *run_next(run))
    for (int i = 1; i < run_next_number(run); i++)
      if (id_equal(call_token(run_call(run, i)), token)) return run_call(run, i);
  return NULL;
}

static bool has_key(const struct call *call, const char *id, const char *reference) {
  if (id && strcmp(call_id(call), id) == 0) return true;
  const char *own = call_reference(call);
  return reference && own && strcmp(own, reference) == 0;
}

struct call *runs_call_by_key(struct runs *runs, const char *provider, const char *id,
                              const char *reference) {
  for (struct run *run = runs->first; run; run = *run_next(run))
    for (int i = 1; i < run_next_number(run); i++) {
      struct call *call = run_call(run, i);
      bool theirs = strcmp(provider_name(call_provider(call)), provider) == 0;
      if (theirs && has_key(call, id, reference)) return call;
    }
  return NULL;
}
