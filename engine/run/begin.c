/* New runs: a flow's text, its parameters, an id. */
#include "run/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool run_rename(struct source *source, const char *folder, struct error *error) {
  char *path = NULL;
  if (asprintf(&path, "%s%s.lua", folder, source->name) < 0)
    return error_set(error, "memory", "out of memory for %s", source->name);
  free(source->path);
  source->path = path;
  return true;
}

/* Of the set that the run began with, which is kept already. */
static bool find_own(const struct run *run, const char *name, struct source *source) {
  const struct source *own = run->release ? release_module(run->release, name) : NULL;
  return own && source_copy(source, own);
}

static void keep_source(const struct run *run, const char *kind,
                        const struct source *source) {
  store_script(run_plan(run)->store, &(struct store_script){
                                         .hash = source->hash,
                                         .kind = kind,
                                         .name = source->name,
                                         .source = source->text,
                                         .source_length = source->length,
                                         .loaded = run_now(run),
                                     });
}

bool run_find_module(void *context, const char *name, struct source *source,
                     struct error *error) {
  struct run *run = context;
  bool own = find_own(run, name, source);
  if (!own && !releases_module(run_plan(run)->releases, name, source, error))
    return false;
  if (!run_rename(source, "lib/", error)) return false;
  if (own) return true;
  json_object_set_new(run->manifest, name, json_string(source->hash));
  keep_source(run, "module", source);
  if (run->journal) run_save(run); /* required late */
  return true;
}

uint64_t run_seed(const char *id) {
  char digest[ID_DIGEST_SIZE], head[17];
  id_digest(id, strlen(id), digest);
  snprintf(head, sizeof head, "%.16s", digest);
  return strtoull(head, NULL, 16);
}

bool run_load(struct run *run, struct source *source, sandbox_find_fn find, bool known,
              struct error *error) {
  struct script_plan plan = run_plan(run)->script;
  plan.limits.kind = SANDBOX_FLOW;
  plan.limits.seed = run_seed(run->id);
  plan.find = find;
  plan.find_context = run;
  plan.known = known;
  if (!run_rename(source, "", error)) return false;
  run->script = script_load(&plan, source, error);
  snprintf(run->flow, sizeof run->flow, "%s", source->name);
  snprintf(run->version, sizeof run->version, "%s", source->hash);
  return run->script != NULL;
}

static bool read_params(struct run *run, const json_t *given, struct error *error) {
  json_t *values =
      script_ask(run->script, "params", json_pack("[O]", (json_t *)given), error);
  if (!values) return false;
  json_t *params = json_array_get(values, 0);
  if (json_is_object(params))
    run->params = json_incref(params);
  else
    error_set(error, "usage", "%s: %s", run->flow,
              json_string_value(json_array_get(values, 1)));
  json_decref(values);
  return run->params != NULL;
}

static void begin(void *context) {
  struct run *run = context;
  struct error error;
  run->task = run_make_task(run, "main", &error);
  if (run->task)
    task_start(run->task, json_pack("[O]", run->params));
  else
    run_over(run, NULL, &error);
}

static bool open_run(struct run *run, struct source *source, const json_t *params,
                     struct error *error) {
  run->state = "running";
  run->created = run_now(run);
  run->manifest = release_manifest(run->release);
  if (!run->manifest || !id_run(run->id))
    return error_set(error, "memory", "out of memory for a run");
  bool known = release_has_passed(run->release);
  if (!run_load(run, source, run_find_module, known, error) ||
      !read_params(run, params, error))
    return false;
  keep_source(run, "flow", source); /* it will be replayed against that version */
  run->journal = journal_new(run_plan(run), run->id, NULL);
  if (!run->journal) return error_set(error, "memory", "out of memory for a run");
  run_enqueue(run, begin);
  run_save(run);
  return true;
}

/* Its row may be on its way to the disk already. */
static void run_forget(struct run *run) {
  run->state = "failed";
  run->ended = true;
  run->finished = run_now(run);
  run_save(run);
  store_forget(run_plan(run)->store, run->id);
}

static void tell_start(struct run *run, const char *path) {
  run_tell(run, json_pack("{ss, ss, ss, ss*}", "kind", "started", "flow", run->flow,
                          "version", run->version, "path", path));
}

/* --- work is accepted once it is on disk, or refused --- */

static void accepted(void *context, const struct error *error) {
  struct run_sync *sync = context;
  struct runs *runs = errand_end(&sync->errand);
  struct run *run = runs ? runs_find(runs, sync->run) : NULL;
  free(sync);
  if (runs && !error) runs_accept(runs);
  if (run && error) run_refuse(run, error);
}

static bool await_acceptance(struct run *run, struct error *error) {
  return run_sync(run, 0, accepted) ||
         error_set(error, "memory", "out of memory for a run");
}

/* NULL with *error; the release is the run's, or dropped. */
static struct run *start(struct runs *runs, struct release *release, const json_t *params,
                         struct error *error) {
  struct source source;
  struct run *run = calloc(1, sizeof *run);
  error_set(error, "memory", "out of memory for a run");
  if (!run) {
    release_drop(release);
    return NULL;
  }
  run->runs = runs;
  run->release = release;
  if (source_copy(&source, release_source(release))) {
    bool opened = open_run(run, &source, params, error) && await_acceptance(run, error);
    source_free(&source);
    if (opened) return run;
  }
  if (run->journal) run_forget(run);
  run_free(run);
  return NULL;
}

struct run *run_start(struct runs *runs, const char *flow, const json_t *params,
                      run_event_fn event, void *context, struct error *error) {
  if (runs_are_stopped(runs)) {
    error_set(error, "stopping", "the engine is stopping and takes no new work");
    return NULL;
  }
  if (!store_has_room(runs_plan_of(runs)->store, error)) return NULL;
  struct release *release =
      releases_find(runs_plan_of(runs)->releases, SOURCE_FLOW, flow, error);
  struct run *run = release ? start(runs, release, params, error) : NULL;
  if (!run) return NULL;
  runs_add(runs, run);
  runs_started(runs);
  if (event) run->follower = runs_follow(runs, run->id, event, context);
  tell_start(run, release_source(release)->path);
  return run;
}
