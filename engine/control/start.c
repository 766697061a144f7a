/* Starting runs: once for each key, however often it is asked for. */
#include "control/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_LIMIT = 255 };

struct start {
  struct visit visit;
  struct start *next;          /* those with keys, in the order they came */
  char key[KEY_LIMIT + 1];     /* "" for none */
  char digest[ID_DIGEST_SIZE]; /* of what is asked */
  char *flow;
  json_t *params;
  char run[ID_RUN_SIZE];
  bool begun;    /* the store or the run will call back */
  bool repeated; /* the run was started by an earlier request */
};

static void begin(struct start *start);

static void leave_line(struct control *control, struct start *start) {
  struct start **link = &control->starts;
  while (*link && *link != start) link = &(*link)->next;
  if (*link) *link = start->next;
}

static void start_free(struct start *start) {
  free(start->flow);
  json_decref(start->params);
  free(start);
}

void control_end_starts(struct control *control) {
  for (struct start *start = control->starts, *next; start; start = next) {
    next = start->next;
    if (start->begun) continue;
    visit_end(&start->visit);
    start_free(start);
  }
}

static void answer(struct http_exchange *exchange, const struct start *start) {
  control_answer(exchange, start->repeated ? 200 : 201,
                 json_pack("{ss, sb}", "run", start->run, "repeated", start->repeated));
}

/* Answers, and lets the next request with the same key look. */
static void finish(struct start *start, const struct error *error) {
  struct control *control = start->visit.control;
  struct start *next = NULL;
  if (visit_end(&start->visit)) {
    leave_line(control, start);
    for (next = *start->key ? control->starts : NULL; next; next = next->next)
      if (strcmp(next->key, start->key) == 0) break;
    if (error)
      control_fail(start->visit.exchange, error);
    else
      answer(start->visit.exchange, start);
  }
  start_free(start);
  if (next) begin(next);
}

static void kept(void *context, const struct error *error) {
  finish(context, error);
}

static void keep_key(const struct start *start) {
  if (!*start->key) return;
  store_request(start->visit.control->plan.store,
                &(struct store_request){
                    .key = start->key, .run = start->run, .digest = start->digest});
}

/* The answer waits until the run is on disk. */
static void start_run(struct start *start) {
  const struct control_plan *plan = &start->visit.control->plan;
  struct error error;
  struct run *run = run_start(plan->runs, start->flow, start->params, NULL, NULL, &error);
  if (!run) {
    if (strcmp(error.code, "missing") == 0)
      snprintf(error.code, sizeof error.code, "usage");
    finish(start, &error);
    return;
  }
  snprintf(start->run, sizeof start->run, "%s", run_id(run));
  keep_key(start);
  if (store_sync(plan->store, kept, start)) return;
  error_set(&error, "memory", "out of memory");
  finish(start, &error);
}

static void repeat(struct start *start, const json_t *before) {
  const char *digest = json_string_value(json_object_get(before, "digest"));
  const char *run = json_string_value(json_object_get(before, "run"));
  struct error error;
  if (!digest || !run || strcmp(digest, start->digest) != 0) {
    error_set(&error, "conflict",
              "another run was asked for under this Idempotency-Key; use a new key");
    finish(start, &error);
    return;
  }
  start->repeated = true;
  snprintf(start->run, sizeof start->run, "%s", run);
  finish(start, NULL);
}

static void looked(void *context, const char *json, const struct error *error) {
  struct start *start = context;
  json_t *before = json ? json_loads(json, 0, NULL) : NULL;
  if (error || !start->visit.control)
    finish(start, error);
  else if (before)
    repeat(start, before);
  else
    start_run(start);
  json_decref(before);
}

static void begin(struct start *start) {
  start->begun = true;
  if (!*start->key) {
    start_run(start);
    return;
  }
  const char *const values[] = {start->key, NULL};
  struct error error = {.code = "memory", .message = "out of memory"};
  if (!store_ask(start->visit.control->plan.store, STORE_REQUEST, values, looked, start))
    finish(start, &error);
}

/* Behind those that have the same key: the first of them decides. */
static void queue(struct control *control, struct start *start) {
  bool first = true;
  struct start **link = &control->starts;
  for (; *link; link = &(*link)->next)
    if (strcmp((*link)->key, start->key) == 0) first = false;
  if (*start->key) *link = start;
  if (first || !*start->key) begin(start);
}

/* --- reading the request --- */

static const char *read_key(struct start *start, const char *key) {
  size_t length = key ? strlen(key) : 0;
  if (key && (length == 0 || length > KEY_LIMIT))
    return "an Idempotency-Key has 1 to 255 characters";
  for (size_t i = 0; i < length; i++)
    if (!isgraph((unsigned char)key[i]) && key[i] != ' ')
      return "an Idempotency-Key is printable ASCII";
  snprintf(start->key, sizeof start->key, "%s", key ? key : "");
  return NULL;
}

/* Names only: a path could make any file of this machine a flow. */
static bool is_name(const char *flow) {
  size_t length = flow ? strlen(flow) : 0;
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)flow[i]) && flow[i] != '_' && flow[i] != '-')
      return false;
  return length > 0;
}

static const char *read_body(struct start *start, const json_t *body) {
  const char *key;
  json_t *value, *params = json_object_get(body, "params");
  const char *flow = json_string_value(json_object_get(body, "flow"));
  if (!json_is_object(body))
    return "the body must be a JSON object: {\"flow\", \"params\"}";
  json_object_foreach ((json_t *)body, key, value)
    if (strcmp(key, "flow") != 0 && strcmp(key, "params") != 0)
      return "the body knows flow and params, and nothing else";
  if (!is_name(flow)) return "flow must be the name of a flow in the scripts folder";
  if (params && !json_is_object(params)) return "params must be an object";
  start->flow = strdup(flow);
  start->params = params ? json_incref(params) : json_object();
  return start->flow && start->params ? NULL : "out of memory";
}

/* The same for the same request, however its JSON is spelt. */
static bool digest(struct start *start) {
  json_t *asked = json_pack("[s, O]", start->flow, start->params);
  char *text = asked ? json_dumps(asked, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
  json_decref(asked);
  if (text) id_digest(text, strlen(text), start->digest);
  free(text);
  return text != NULL;
}

void control_start_run(const struct demand *demand) {
  struct start *start = calloc(1, sizeof *start);
  if (!start) {
    control_answer(demand->exchange, 500, NULL);
    return;
  }
  const struct http_incoming *incoming = demand->incoming;
  json_t *body = json_loadb(incoming->body, incoming->body_length, 0, NULL);
  const char *wrong =
      read_key(start, http_incoming_header(demand->exchange, "Idempotency-Key"));
  if (!wrong) wrong = read_body(start, body);
  if (!wrong && !digest(start)) wrong = "out of memory";
  json_decref(body);
  if (wrong) {
    control_refuse(demand->exchange, 422, "usage", wrong);
    start_free(start);
    return;
  }
  visit_begin(&start->visit, demand->control, demand->exchange);
  queue(demand->control, start);
}
