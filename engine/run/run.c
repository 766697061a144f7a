#include "run/run.h"

#include "base/clock.h"
#include "run/call.h"
#include "run/conversation.h"
#include "run/internal.h"
#include "run/journal.h"
#include "timer/timer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALLS_LIMIT = 1000 };

struct run {
  struct runs *runs;
  struct run *next;
  char id[ID_RUN_SIZE];
  char flow[SOURCE_NAME_SIZE];
  char version[ID_DIGEST_SIZE];
  json_t *manifest; /* {"module": "hash"} of what the flow required */
  json_t *params;
  struct script *script;
  struct task *task;
  struct journal *journal;
  struct call **calls;
  int call_count;
  struct timer *turn; /* begins or hangs up on the loop's next turn */
  struct call *hung_up;
  json_t *values; /* what the flow returned */
  struct error failure;
  bool returned, failed, ended;
  const char *state;
  json_t *result, *error;
  int64_t created;
  run_event_fn event;
  void *context;
};

const char *run_id(const struct run *run) {
  return run->id;
}

const struct runs_plan *run_plan(const struct run *run) {
  return runs_plan_of(run->runs);
}

struct run **run_next(struct run *run) {
  return &run->next;
}

bool run_is_under_way(const struct run *run) {
  return strcmp(run->state, "running") == 0;
}

int run_next_number(const struct run *run) {
  return run->call_count + 1;
}

struct call *run_call(const struct run *run, int number) {
  return number >= 1 && number <= run->call_count ? run->calls[number - 1] : NULL;
}

void run_add_call(struct run *run, struct call *call) {
  struct call **calls = NULL;
  if (run->call_count < CALLS_LIMIT)
    calls = realloc(run->calls, (size_t)(run->call_count + 1) * sizeof *calls);
  if (!calls) {
    call_free(call);
    return;
  }
  run->calls = calls;
  run->calls[run->call_count++] = call;
}

void run_free(struct run *run) {
  if (!run) return;
  timer_cancel(run->turn);
  task_free(run->task);
  for (int i = 0; i < run->call_count; i++) call_free(run->calls[i]);
  free(run->calls);
  script_free(run->script);
  journal_free(run->journal);
  json_decref(run->manifest);
  json_decref(run->params);
  json_decref(run->values);
  json_decref(run->result);
  json_decref(run->error);
  free(run);
}

/* --- telling --- */

void run_tell(struct run *run, json_t *event) {
  json_object_set_new(event, "at", json_integer(clock_wall_ms()));
  char *text = run->event ? json_dumps(event, JSON_COMPACT) : NULL;
  if (text) run->event(run->context, run->id, text);
  free(text);
  json_decref(event);
}

json_t *run_report(const struct run *run) {
  json_t *calls = json_array();
  for (int i = 0; i < run->call_count; i++)
    json_array_append_new(calls, call_report(run->calls[i]));
  return json_pack("{ss, ss, ss, ss, sO, sO, so}", "run", run->id, "flow", run->flow,
                   "version", run->version, "state", run->state, "result",
                   run->result ? run->result : json_null(), "error",
                   run->error ? run->error : json_null(), "calls", calls);
}

static void save(struct run *run) {
  char *manifest = json_dumps(run->manifest, JSON_COMPACT | JSON_SORT_KEYS);
  char *params = json_dumps(run->params, JSON_COMPACT | JSON_SORT_KEYS);
  int any = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY;
  char *result = run->result ? json_dumps(run->result, (size_t)any) : NULL;
  char *error = run->error ? json_dumps(run->error, (size_t)any) : NULL;
  store_run(run_plan(run)->store,
            &(struct store_run){
                .id = run->id,
                .flow = run->flow,
                .script = run->version,
                .manifest = manifest,
                .params = params,
                .state = run->state,
                .result = result,
                .error = error,
                .created = run->created,
                .finished = run_is_under_way(run) ? 0 : clock_wall_ms(),
            });
  free(manifest);
  free(params);
  free(result);
  free(error);
}

/* --- ops --- */

static void asked(void *owner, const struct task_ask *ask) {
  struct run *run = owner;
  int seq = journal_ask(run->journal, ask);
  json_t *args = json_loadb(ask->args, ask->length, 0, NULL);
  run_tell(run, json_pack("{ss, si, ss, si, so}", "kind", "op", "seq", seq, "op", ask->op,
                          "line", ask->line, "args", args));
}

/* Keyed digits stay in the journal: nobody who follows the run gets them. */
static json_t *masked(const json_t *values) {
  json_t *copy = json_copy((json_t *)values);
  const char *digits = json_string_value(json_array_get(copy, 0));
  if (!digits) return copy;
  char stars[65];
  snprintf(stars, sizeof stars, "%.*s", (int)strlen(digits),
           "****************************************************************");
  json_array_set_new(copy, 0, json_string(stars));
  return copy;
}

static void answered(void *owner, const json_t *values) {
  struct run *run = owner;
  journal_answer(run->journal, values);
  bool digits = strcmp(journal_op(run->journal), "collect") == 0;
  json_t *shown = digits ? masked(values) : json_incref((json_t *)values);
  run_tell(run, json_pack("{ss, si, ss, so}", "kind", "result", "seq",
                          journal_seq(run->journal), "op", journal_op(run->journal),
                          "result", shown));
}

static void over(void *owner, json_t *values, const struct error *error) {
  struct run *run = owner;
  run->returned = true;
  run->values = json_incref(values);
  if (error) {
    run->failed = true;
    run->failure = *error;
  }
  for (int i = 0; i < run->call_count; i++)
    conversation_close(call_conversation(run->calls[i]));
  run_settle(run);
}

static struct task *make_task(struct run *run, const char *function,
                              struct error *error) {
  const struct runs_plan *plan = run_plan(run);
  struct task_plan task = {
      .kinds = plan->op_kinds,
      .parts = plan->parts,
      .owner = run,
      .asked = asked,
      .answered = answered,
      .over = over,
  };
  return script_task(run->script, function, &task, error);
}

/* --- the end --- */

static void set_error(struct run *run, const char *code, const char *message) {
  run->state = "failed";
  run->error = json_pack("{ss, ss}", "code", code, "message", message);
}

/* What a flow that a hang-up ended came to, where its on_hangup does not say. */
static void judge_hang_up(struct run *run) {
  if (strcmp(call_state(run->hung_up), "completed") == 0) return;
  run->state = "failed";
  run->error = call_failure(run->hung_up);
}

static void judge(struct run *run) {
  json_t *value = json_array_get(run->values, 0);
  json_t *wrong = json_array_get(run->values, 1);
  run->state = "completed";
  if (run->failed)
    set_error(run, run->failure.code, run->failure.message);
  else if (value && !json_is_null(value))
    run->result = json_incref(value);
  else if (json_is_object(wrong) && json_object_get(wrong, "code")) {
    run->state = "failed";
    run->error = json_incref(wrong);
  } else if (run->hung_up)
    judge_hang_up(run);
}

static void finish(struct run *run) {
  run->ended = true;
  save(run);
  run_tell(run, json_pack("{ss, so}", "kind", "finished", "report", run_report(run)));
  runs_ended(run->runs);
}

/* A call whose submission nobody can know: the run stops here, for a person to decide. */
static void park(struct run *run, const struct call *call) {
  if (!run_is_under_way(run)) return;
  run->state = "unknown";
  json_t *failure = call_failure(call);
  json_decref(run->error);
  run->error = failure;
  save(run);
  run_tell(run, json_pack("{ss, so}", "kind", "finished", "report", run_report(run)));
  runs_ended(run->runs);
}

static bool is_open(const struct call *call) {
  return call_is_placed(call) && !call_is_over(call) && !call_is_detached(call);
}

/* A webhook proved that the call was placed after all: the run goes on. */
static void unpark(struct run *run) {
  if (strcmp(run->state, "unknown") != 0) return;
  run->state = "running";
  json_decref(run->error);
  run->error = NULL;
  save(run);
}

void run_settle(struct run *run) {
  if (run->ended) return;
  bool open = false;
  const struct call *unknown = NULL;
  for (int i = 0; i < run->call_count; i++) {
    if (!is_open(run->calls[i])) continue;
    open = true;
    if (call_is_unknown(run->calls[i])) unknown = run->calls[i];
  }
  if (unknown) {
    park(run, unknown);
    return;
  }
  unpark(run);
  if (!run->returned || open) return;
  judge(run);
  finish(run);
}

/* --- hanging up --- */

static void hung_up(void *context) {
  struct run *run = context;
  struct error error;
  run->turn = NULL;
  task_free(run->task);
  run->task = make_task(run, "hangup", &error);
  if (run->task)
    task_start(run->task, json_pack("[O, i]", run->params, call_number(run->hung_up)));
  else
    over(run, NULL, &error);
}

void run_hang_up(struct run *run, struct call *call) {
  if (run->hung_up) return;
  run->hung_up = call;
  json_t *failure = call_failure(call);
  json_object_set_new(failure, "code", json_string("hangup"));
  json_object_set_new(failure, "ended", json_integer(call_number(call)));
  json_t *values = json_pack("[n, o]", failure);
  answered(run, values);
  json_decref(values);
  run->turn = timer_after(run_plan(run)->loop, 0, hung_up, run);
}

/* --- the beginning --- */

static bool find_module(void *context, const char *name, struct source *source,
                        struct error *error) {
  struct run *run = context;
  const struct runs_plan *plan = run_plan(run);
  if (!source_find(plan->scripts, SOURCE_MODULE, name, source, error)) return false;
  json_object_set_new(run->manifest, name, json_string(source->hash));
  store_script(plan->store, &(struct store_script){
                                .hash = source->hash,
                                .kind = "module",
                                .name = name,
                                .source = source->text,
                                .source_length = source->length,
                                .loaded = clock_wall_ms(),
                            });
  return true;
}

/* The run's own seed of math.random: the same in a replay, since the id is. */
static uint64_t seed_of(const char *id) {
  char digest[ID_DIGEST_SIZE], head[17];
  id_digest(id, strlen(id), digest);
  snprintf(head, sizeof head, "%.16s", digest);
  return strtoull(head, NULL, 16);
}

static bool load(struct run *run, const struct source *source, struct error *error) {
  struct script_plan plan = run_plan(run)->script;
  plan.limits.kind = SANDBOX_FLOW;
  plan.limits.seed = seed_of(run->id);
  plan.find = find_module;
  plan.find_context = run;
  run->script = script_load(&plan, source, error);
  if (!run->script) return false;
  snprintf(run->flow, sizeof run->flow, "%s", source->name);
  snprintf(run->version, sizeof run->version, "%s", source->hash);
  store_script(run_plan(run)->store, &(struct store_script){
                                         .hash = source->hash,
                                         .kind = "flow",
                                         .name = source->name,
                                         .source = source->text,
                                         .source_length = source->length,
                                         .loaded = run->created,
                                     });
  return true;
}

static bool read_params(struct run *run, const json_t *given, struct error *error) {
  json_t *values =
      script_call(run->script, "params", json_pack("[O]", (json_t *)given), error);
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
  run->turn = NULL;
  run->task = make_task(run, "main", &error);
  if (run->task)
    task_start(run->task, json_pack("[O]", run->params));
  else
    over(run, NULL, &error);
}

static bool open_run(struct run *run, const struct source *source, const json_t *params,
                     struct error *error) {
  run->state = "running";
  run->created = clock_wall_ms();
  run->manifest = json_object();
  if (!run->manifest || !id_run(run->id))
    return error_set(error, "memory", "out of memory for a run");
  if (!load(run, source, error) || !read_params(run, params, error)) return false;
  run->journal = journal_new(run_plan(run)->store, run->id);
  run->turn = timer_after(run_plan(run)->loop, 0, begin, run);
  if (!run->journal || !run->turn)
    return error_set(error, "memory", "out of memory for a run");
  save(run);
  run_tell(run, json_pack("{ss, ss, ss, ss}", "kind", "started", "flow", run->flow,
                          "version", run->version, "path", source->path));
  return true;
}

struct run *run_start(struct runs *runs, const char *flow, const json_t *params,
                      run_event_fn event, void *context, struct error *error) {
  struct source source;
  if (!source_find(runs_plan_of(runs)->scripts, SOURCE_FLOW, flow, &source, error))
    return NULL;
  struct run *run = calloc(1, sizeof *run);
  bool opened = false;
  if (run) {
    run->runs = runs;
    run->event = event;
    run->context = context;
    opened = open_run(run, &source, params, error);
  }
  source_free(&source);
  if (opened) {
    runs_add(runs, run);
    return run;
  }
  if (!run) error_set(error, "memory", "out of memory for a run");
  run_free(run);
  return NULL;
}
