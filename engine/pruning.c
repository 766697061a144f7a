#include "pruning.h"

#include "base/clock.h"
#include "timer/timer.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 50 /* runs in one transaction: webhooks wait behind it */ };

static const double interval = 60; /* seconds */

struct pruning {
  struct ev_loop *loop;
  struct store *store;
  const struct clock *clock;
  const struct log *log;
  int64_t age;
  struct timer *timer;
  size_t batch; /* of the last question */
  bool asked;   /* the store owes an answer */
  bool freed;   /* and nobody wants it any more */
};

bool pruning_age(const char *text, int64_t *age, struct error *error) {
  static const struct {
    char unit;
    int64_t hours;
  } units[] = {{'h', 1}, {'d', 24}, {'w', 7 * 24}};
  char *end;
  long number = strtol(text, &end, 10);
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (number > 0 && number < 100000 && *end == units[i].unit && !end[1]) {
      *age = number * units[i].hours * 60 * 60 * 1000;
      return true;
    }
  return error_set(error, "settings",
                   "engine.keep must be a number of hours, days or weeks, such as 12h, "
                   "90d or 4w, not '%s'",
                   text);
}

static void ask(void *context);

/* False when it has been freed meanwhile. */
static bool is_wanted(struct pruning *pruning) {
  pruning->asked = false;
  if (!pruning->freed) return true;
  free(pruning);
  return false;
}

static void wait(struct pruning *pruning, double seconds) {
  pruning->timer = timer_after(pruning->loop, seconds, ask, pruning);
}

/* A full batch: there may be more. In between, others have their turn. */
static void forgotten(void *context, const struct error *error) {
  struct pruning *pruning = context;
  if (!is_wanted(pruning)) return;
  wait(pruning, !error && pruning->batch == BATCH ? 0 : interval);
}

static void found(void *context, const char *json, const struct error *error) {
  struct pruning *pruning = context;
  if (!is_wanted(pruning)) return;
  json_t *runs = json && !error ? json_loads(json, 0, NULL) : NULL, *run;
  size_t i;
  json_array_foreach (runs, i, run) store_forget(pruning->store, json_string_value(run));
  pruning->batch = json_array_size(runs);
  if (pruning->batch)
    log_line(pruning->log, LEVEL_INFO, "pruned %zu runs", pruning->batch);
  json_decref(runs);
  pruning->asked = pruning->batch && store_sync(pruning->store, forgotten, pruning);
  if (!pruning->asked) wait(pruning, interval);
}

static void ask(void *context) {
  struct pruning *pruning = context;
  char before[24], count[8];
  pruning->timer = NULL;
  snprintf(before, sizeof before, "%" PRId64, clock_now(pruning->clock) - pruning->age);
  snprintf(count, sizeof count, "%d", BATCH);
  const char *const values[] = {before, count, NULL};
  pruning->asked = store_ask(pruning->store, STORE_OLD, values, found, pruning);
  if (!pruning->asked) wait(pruning, interval);
}

struct pruning *pruning_new(struct ev_loop *loop, struct store *store, int64_t age,
                            const struct clock *clock, const struct log *log) {
  struct pruning *pruning = calloc(1, sizeof *pruning);
  if (!pruning) return NULL;
  *pruning = (struct pruning){
      .loop = loop, .store = store, .clock = clock, .log = log, .age = age};
  wait(pruning, 0);
  return pruning;
}

void pruning_free(struct pruning *pruning) {
  if (!pruning) return;
  timer_cancel(pruning->timer);
  pruning->timer = NULL;
  pruning->freed = true;
  if (!pruning->asked) free(pruning);
}
