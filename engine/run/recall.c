/* Runs that come back: a run is rebuilt by running its pinned script again and feeding it
 * the journal; live work goes on at the first op without a result. */
#include "run/call.h"
#include "run/conversation.h"
#include "run/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

static json_t *parse(const json_t *object, const char *key) {
  const char *text = text_of(object, key);
  return text ? json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
}

static bool fill_source(struct source *source, const char *name, const char *hash,
                        const char *text, struct error *error) {
  *source = (struct source){0};
  snprintf(source->name, sizeof source->name, "%s", name);
  snprintf(source->hash, sizeof source->hash, "%s", hash);
  source->text = text ? strdup(text) : NULL;
  source->length = text ? strlen(text) : 0;
  if (source->text) return true;
  return error_set(error, "store", "the store has no source of %s@%.12s", name, hash);
}

/* Modules are the versions that the run knows, from the store. */
static bool find_module(void *context, const char *name, struct source *source,
                        struct error *error) {
  struct run *run = context;
  const char *hash = text_of(run->manifest, name);
  if (!hash) return run_find_module(run, name, source, error); /* required only now */
  return fill_source(source, name, hash, text_of(run->modules, name), error) &&
         run_rename(source, "lib/", error);
}

static bool load(struct run *run, const json_t *saved, struct error *error) {
  struct source source;
  const char *name = text_of(saved, "flow"), *hash = text_of(saved, "script");
  if (!fill_source(&source, name ? name : "", hash ? hash : "", text_of(saved, "source"),
                   error))
    return false;
  bool loaded = run_load(run, &source, find_module, true, error);
  source_free(&source);
  return loaded;
}

/* The args of the ops that made calls, in order: what each call was made with. */
static json_t *call_args(const json_t *ops) {
  json_t *list = json_array();
  size_t i;
  json_t *op;
  json_array_foreach (ops, i, op) {
    json_t *result = parse(op, "result");
    bool made = json_is_object(json_array_get(result, 0));
    if (made && strcmp(text_of(op, "op"), "call") == 0)
      json_array_append_new(list, parse(op, "args"));
    json_decref(result);
  }
  return list;
}

static bool restore_calls(struct run *run, const json_t *saved, struct error *error) {
  json_t *args = call_args(json_object_get(saved, "ops"));
  json_t *rows = json_object_get(saved, "calls");
  bool parked = strcmp(run->state, "unknown") == 0, restored = true;
  run->recalling = true;
  for (size_t i = 0; restored && i < json_array_size(args); i++) {
    struct call *call = call_restore(run, json_array_get(args, i),
                                     json_array_get(rows, i), parked, error);
    restored = call != NULL;
    if (!call) continue;
    run_add_call(run, call);
    if (run->ended) conversation_close(call_conversation(call));
  }
  run->recalling = false;
  json_decref(args);
  return restored;
}

static const char *state_of(const json_t *saved) {
  static const char *const states[] = {"running",  "completed", "failed",
                                       "canceled", "unknown",   "parked"};
  const char *state = text_of(saved, "state");
  for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
    if (strcmp(states[i], state) == 0) return states[i];
  return "parked";
}

static bool restore(struct run *run, const json_t *saved, struct error *error) {
  snprintf(run->id, sizeof run->id, "%s", text_of(saved, "id"));
  run->state = state_of(saved);
  run->created = json_integer_value(json_object_get(saved, "created"));
  run->finished = json_integer_value(json_object_get(saved, "finished"));
  run->wake = json_integer_value(json_object_get(saved, "wake"));
  run->ended = run->finished != 0;
  run->returned = run->ended;
  run->manifest = parse(saved, "manifest");
  run->modules = json_incref(json_object_get(saved, "modules"));
  run->params = parse(saved, "params");
  run->result = parse(saved, "result");
  run->error = parse(saved, "error");
  run->journal = journal_new(run_plan(run), run->id, json_object_get(saved, "ops"));
  if (!run->journal) return error_set(error, "memory", "out of memory for a run");
  if (!run->ended && !load(run, saved, error)) return false;
  snprintf(run->flow, sizeof run->flow, "%s", text_of(saved, "flow"));
  snprintf(run->version, sizeof run->version, "%s", text_of(saved, "script"));
  return restore_calls(run, saved, error);
}

/* Up to the first op without a result, at once; then whatever was under way. */
static bool replay(struct run *run, struct error *error) {
  for (int i = 1; i <= run_call_count(run); i++) call_go_on(run_call(run, i));
  if (run->ended || strcmp(run->state, "parked") == 0) return true;
  if (run_is_canceled(run)) {
    run_cancel(run);
    return true;
  }
  run->task = run_make_task(run, "main", error);
  if (!run->task) return false;
  task_start(run->task, json_pack("[O]", run->params));
  return true;
}

struct run *run_recall(struct runs *runs, const json_t *saved, struct error *error) {
  struct run *run = calloc(1, sizeof *run);
  if (!run) {
    error_set(error, "memory", "out of memory for a run");
    return NULL;
  }
  run->runs = runs;
  if (!restore(run, saved, error)) {
    run_free(run);
    return NULL;
  }
  run->follower = runs_follower(runs, run->id);
  run->stays = true;
  runs_add(runs, run);
  if (replay(run, error)) {
    run_linger(run);
    return run;
  }
  runs_remove(runs, run);
  return NULL;
}
