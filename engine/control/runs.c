/* Looking at runs, and deciding about them. */
#include "control/internal.h"
#include "run/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 1000 };

static struct visit *begin(const struct demand *demand) {
  struct visit *visit = malloc(sizeof *visit);
  if (visit)
    visit_begin(visit, demand->control, demand->exchange);
  else
    control_answer(demand->exchange, 500, NULL);
  return visit;
}

static void ask(const struct demand *demand, enum store_question question,
                const char *const *values, store_answer_fn answer) {
  struct visit *visit = begin(demand);
  if (!visit || store_ask(demand->control->plan.store, question, values, answer, visit))
    return;
  visit_end(visit);
  free(visit);
  control_answer(demand->exchange, 500, NULL);
}

/* Ends the visit; its exchange if somebody still waits. */
static struct http_exchange *end(struct visit *visit) {
  struct http_exchange *exchange = visit_end(visit) ? visit->exchange : NULL;
  free(visit);
  return exchange;
}

/* --- a list --- */

static void listed(void *context, const char *json, const struct error *error) {
  struct http_exchange *exchange = end(context);
  if (!exchange) return;
  if (error)
    control_fail(exchange, error);
  else
    control_answer(
        exchange, 200,
        json_pack("{so}", "runs", json_loads(json ? json : "[]", JSON_ALLOW_NUL, NULL)));
}

static const char *query(const struct demand *demand, const char *name) {
  const char *value = http_incoming_query(demand->exchange, name);
  return value ? value : "";
}

static bool is_state(const char *state) {
  static const char *const states[] = {"",         "running", "completed", "failed",
                                       "canceled", "unknown", "parked"};
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    if (strcmp(states[i], state) == 0) return true;
  return false;
}

/* What is wrong with what is asked, or NULL; how many to tell of. */
static const char *read_query(const struct demand *demand, long *number) {
  static const char *const known[] = {"state", "flow", "limit", "before", NULL};
  const char *limit = query(demand, "limit");
  char *rest;
  *number = *limit ? strtol(limit, &rest, 10) : LIMIT_DEFAULT;
  if (http_incoming_unknown(demand->exchange, known))
    return "the query knows state, flow, limit and before, and nothing else";
  if (*number < 1 || *number > LIMIT_MOST || (*limit && *rest))
    return "limit is a number from 1 to 1000";
  if (!is_state(query(demand, "state")))
    return "state is running, completed, failed, canceled, unknown or parked";
  return NULL;
}

void control_list_runs(const struct demand *demand) {
  char count[16];
  long number;
  const char *wrong = read_query(demand, &number);
  if (wrong) {
    control_refuse(demand->exchange, 422, "usage", wrong);
    return;
  }
  snprintf(count, sizeof count, "%ld", number);
  const char *const values[] = {query(demand, "state"), query(demand, "flow"), count,
                                query(demand, "before"), NULL};
  ask(demand, STORE_RUNS, values, listed);
}

/* --- one run --- */

static void shown(void *context, const char *json, const struct error *error) {
  struct http_exchange *exchange = end(context);
  if (!exchange) return;
  json_t *saved = json ? json_loads(json, 0, NULL) : NULL;
  if (error)
    control_fail(exchange, error);
  else if (saved)
    control_answer(exchange, 200, story_of(saved));
  else
    control_refuse(exchange, 404, "missing", "there is no such run");
  json_decref(saved);
}

void control_show_run(const struct demand *demand) {
  const char *const values[] = {demand->id, NULL};
  ask(demand, STORE_RUN, values, shown);
}

/* --- decisions --- */

struct decision {
  struct visit visit;
  char run[ID_RUN_SIZE];
};

static struct decision *decide(const struct demand *demand) {
  struct decision *decision = malloc(sizeof *decision);
  if (!decision) {
    control_answer(demand->exchange, 500, NULL);
    return NULL;
  }
  memcpy(decision->run, demand->id, sizeof decision->run);
  visit_begin(&decision->visit, demand->control, demand->exchange);
  return decision;
}

/* On disk, or at least told why not. */
static void kept(void *context, const struct error *error) {
  struct decision *decision = context;
  if (visit_end(&decision->visit)) {
    if (error)
      control_fail(decision->visit.exchange, error);
    else
      control_answer(decision->visit.exchange, 200,
                     json_pack("{ss}", "run", decision->run));
  }
  free(decision);
}

/* What a person asked of a run in the wrong state is a conflict. */
static void decided(void *context, const struct error *error) {
  struct decision *decision = context;
  struct control *control = decision->visit.control;
  struct error wrong = {.code = "memory", .message = "out of memory"};
  if (error) wrong = *error;
  if (strcmp(wrong.code, "usage") == 0)
    snprintf(wrong.code, sizeof wrong.code, "conflict");
  if (!error && control && store_sync(control->plan.store, kept, decision)) return;
  kept(decision, &wrong);
}

void control_cancel_run(const struct demand *demand) {
  struct decision *decision = decide(demand);
  if (decision) runs_cancel(demand->control->plan.runs, demand->id, decided, decision);
}

void control_resolve_run(const struct demand *demand) {
  json_t *body =
      json_loadb(demand->incoming->body, demand->incoming->body_length, 0, NULL);
  json_t *placed = json_object_get(body, "placed");
  bool yes = json_is_true(placed);
  bool clear = json_is_boolean(placed) && json_object_size(body) == 1;
  json_decref(body);
  if (!clear) {
    control_refuse(
        demand->exchange, 422, "usage",
        "say whether the call was placed, and nothing else: {\"placed\": true} "
        "or false");
    return;
  }
  struct decision *decision = decide(demand);
  if (decision)
    runs_resolve(demand->control->plan.runs, demand->id, yes, decided, decision);
}
