#include "run/due.h"

#include "base/clock.h"
#include "run/internal.h"
#include "timer/timer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  PAGE = 64, /* runs that are asked for at once */
  FEW = 32,  /* so few of them still to come: time for the next page */
};
enum { RETRY = 60 * 1000 /* ms until what could not be brought back is tried again */ };

struct due {
  struct runs *runs;
  struct timer *timer;
  int64_t at;           /* when it fires; 0: never */
  int64_t wake;         /* where the walk through the due runs has come */
  char id[ID_RUN_SIZE]; /* the same */
  unsigned bringing;    /* on their way into memory */
  bool walking;         /* through the pages, to the last */
  bool reading;         /* a page */
  bool again, stopped;
  bool recovering; /* what an earlier engine left is to be taken up */
  bool listed;     /* and all of that has been asked for */
  bool recovered;  /* and was brought back */
  struct timer *retry;
  struct table brings; /* by the run */
};

struct due *due_new(struct runs *runs) {
  struct due *due = calloc(1, sizeof *due);
  if (due) due->runs = runs;
  return due;
}

void due_free(struct due *due) {
  if (!due) return;
  timer_cancel(due->timer);
  timer_cancel(due->retry);
  table_free(&due->brings);
  free(due);
}

/* --- one run --- */

struct bring {
  struct errand errand;
  struct table_entry entry; /* while the run is asked for */
  struct bring *next;       /* wants the same run */
  char run[ID_RUN_SIZE];
  due_fn brought;
  void *context;
  bool walk; /* context is the due runs themselves, gone with the runs */
};

static struct run *recall(struct runs *runs, const char *id, const char *json,
                          struct error *error) {
  struct run *run = NULL;
  json_t *saved = json ? json_loads(json, JSON_ALLOW_NUL, NULL) : NULL;
  if (saved)
    run = run_recall(runs, saved, error);
  else
    error_set(error, "missing", "there is no run %s", id);
  json_decref(saved);
  if (run)
    log_line(runs_plan_of(runs)->log, LEVEL_DEBUG, "run %s is back in memory", id);
  else if (json)
    log_error(runs_plan_of(runs)->log, LEVEL_ERROR, error, "run %s cannot go on: ", id);
  return run;
}

static void tell(struct bring *bring, struct run *run, const struct error *error) {
  bool wanted = bring->brought && (bring->errand.runs || !bring->walk);
  if (wanted) bring->brought(bring->context, run, run ? NULL : error);
  free(bring);
}

static void read_run(void *context, const char *json, const struct error *error) {
  struct bring *bring = context;
  struct runs *runs = errand_end(&bring->errand);
  struct error wrong = {.code = "stopped", .message = "the engine has stopped"};
  struct run *run = NULL;
  if (runs) table_remove(&runs_due(runs)->brings, &bring->entry);
  if (runs && error) wrong = *error;
  if (runs && !error) run = recall(runs, bring->run, json, &wrong);
  for (struct bring *next; bring; bring = next) {
    next = bring->next;
    bring->errand.runs = runs;
    tell(bring, run, &wrong);
  }
}

static bool ask(struct due *due, struct bring *bring) {
  const char *values[] = {bring->run, NULL};
  errand_begin(&bring->errand, due->runs);
  table_add(&due->brings, &bring->entry, bring->run);
  if (store_ask(runs_plan_of(due->runs)->store, STORE_RUN, values, read_run, bring))
    return true;
  table_remove(&due->brings, &bring->entry);
  errand_end(&bring->errand);
  return false;
}

/* A second answer of the store would be old when the run has gone on after the first, and
 * left again. */
static bool join(struct due *due, struct bring *bring) {
  struct table_entry *entry = table_find(&due->brings, bring->run);
  if (!entry) return false;
  struct bring *last = table_owner(entry, struct bring, entry);
  while (last->next) last = last->next;
  last->next = bring;
  return true;
}

void due_bring(struct due *due, const char *id, due_fn brought, void *context) {
  struct run *run = runs_find(due->runs, id);
  struct error error = {.code = "memory", .message = "out of memory for a run"};
  struct bring *bring = run ? NULL : calloc(1, sizeof *bring);
  if (strlen(id) >= sizeof bring->run) {
    error_set(&error, "missing", "there is no run %s", id);
  } else if (bring) {
    snprintf(bring->run, sizeof bring->run, "%s", id);
    bring->brought = brought;
    bring->context = context;
    bring->walk = context == due;
    if (join(due, bring) || ask(due, bring)) return;
  }
  free(bring);
  if (brought) brought(context, run, run ? NULL : &error);
}

void due_recall(struct due *due, const char *run) {
  due_bring(due, run, NULL, NULL);
}

/* --- all that are due --- */

static void walk(struct due *due);

static void fire(void *context) {
  struct due *due = context;
  due->timer = NULL;
  due->at = 0;
  if (due->walking) {
    due->again = true;
    return;
  }
  if (due->recovering && !due->listed) { /* the disk failed then */
    due_recover(due);
    return;
  }
  due->wake = 0; /* what an earlier engine left was taken up at the start */
  memset(due->id, 'z', sizeof due->id - 1);
  walk(due);
}

void due_stop(struct due *due) {
  due->stopped = true;
  timer_cancel(due->timer);
  timer_cancel(due->retry);
  due->timer = due->retry = NULL;
}

void due_at(struct due *due, int64_t wake) {
  if (due->stopped) return;
  if (due->at && due->at <= wake) return;
  const struct runs_plan *plan = runs_plan_of(due->runs);
  timer_cancel(due->timer);
  due->timer = timer_by(plan->loop, plan->clock, wake, fire, due);
  due->at = wake;
}

/* The next page is read while the last runs of this one are brought. What became due
 * behind the walk is found by another one. */
static void go_on(struct due *due) {
  if (due->reading || due->bringing > FEW) return;
  if (due->walking) {
    walk(due);
  } else if (due->again) {
    due->again = false;
    due_at(due, clock_now(runs_plan_of(due->runs)->clock));
  }
}

static void brought(void *context, struct run *run, const struct error *error) {
  (void)error; /* logged where it happened */
  struct due *due = context;
  if (!run) due_retry(due);
  due->bringing--;
  due->recovered |= due->listed && due->bringing == 0;
  go_on(due);
}

/* Brings what is due of a page. */
static void take_page(struct due *due, const json_t *page) {
  int64_t now = clock_now(runs_plan_of(due->runs)->clock);
  size_t i, taken = 0;
  json_t *row;
  json_array_foreach (page, i, row) {
    int64_t wake = json_integer_value(json_array_get(row, 0));
    if (wake > now) {
      if (wake < INT64_MAX) due_at(due, wake);
      break;
    }
    due->wake = wake;
    snprintf(due->id, sizeof due->id, "%s", json_string_value(json_array_get(row, 1)));
    due->bringing++;
    taken++;
    due_bring(due, due->id, brought, due);
  }
  due->walking = taken == PAGE;
  due->listed |= due->recovering && !due->walking;
  due->recovered |= due->listed && due->bringing == 0;
  go_on(due);
}

struct page {
  struct errand errand;
};

static void read_page(void *context, const char *json, const struct error *error) {
  struct page *page = context;
  struct runs *runs = errand_end(&page->errand);
  free(page);
  if (!runs) return;
  struct due *due = runs_due(runs);
  due->reading = false;
  json_t *rows = json ? json_loads(json, JSON_ALLOW_NUL, NULL) : NULL;
  if (error) {
    due->walking = false;
    due_at(due, clock_now(runs_plan_of(due->runs)->clock) +
                    1000); /* the disk may be back by then */
  } else {
    take_page(due, rows);
  }
  json_decref(rows);
}

static void walk(struct due *due) {
  struct page *page = due->stopped ? NULL : calloc(1, sizeof *page);
  due->walking = false;
  if (!page) return;
  due->walking = due->reading = true;
  char wake[24];
  snprintf(wake, sizeof wake, "%" PRId64, due->wake);
  errand_begin(&page->errand, due->runs);
  const char *values[] = {wake, due->id, "64", NULL};
  struct store *store = runs_plan_of(due->runs)->store;
  if (store_ask(store, STORE_DUE, values, read_page, page)) return;
  errand_end(&page->errand);
  free(page);
  due->walking = due->reading = false;
}

bool due_is_recovered(const struct due *due) {
  return due->recovered;
}

void due_recover(struct due *due) {
  due->recovering = true;
  due->wake = -1;
  due->id[0] = '\0';
  if (!due->walking) walk(due);
}

static void retry(void *context) {
  struct due *due = context;
  due->retry = NULL;
  due_recover(due);
}

void due_retry(struct due *due) {
  if (due->retry || due->stopped) return;
  due->retry = timer_after(runs_plan_of(due->runs)->loop, RETRY / 1000.0, retry, due);
}

void runs_retry(struct runs *runs) {
  struct due *due = runs_due(runs);
  if (!due->retry) return;
  timer_cancel(due->retry);
  retry(due);
}
