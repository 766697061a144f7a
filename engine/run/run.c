#include "run/run.h"

#include "run/call.h"
#include "run/conversation.h"
#include "run/ending.h"
#include "run/internal.h"
#include "timer/timer.h"

#include <stdlib.h>
#include <string.h>

enum { CALLS_LIMIT = 1000 };

const char *run_id(const struct run *run) {
  return run->id;
}

const struct runs_plan *run_plan(const struct run *run) {
  return runs_plan_of(run->runs);
}

int64_t run_now(const struct run *run) {
  return clock_now(run_plan(run)->clock);
}

int run_seq(const struct run *run) {
  return journal_seq(run->journal);
}

int run_call_count(const struct run *run) {
  return run->call_count;
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
  directory_enter(runs_directory(run->runs), call);
  if (!run->recalling) call_save(call);
}

void run_free(struct run *run) {
  if (!run) return;
  timer_cancel(run->turn);
  timer_cancel(run->doze);
  queue_leave(runs_queue(run->runs), &run->queued);
  task_free(run->task);
  for (int i = 0; i < run->call_count; i++) call_free(run->calls[i]);
  free(run->calls);
  script_free(run->script);
  release_drop(run->release);
  journal_free(run->journal);
  json_decref(run->manifest);
  json_decref(run->modules);
  json_decref(run->params);
  json_decref(run->values);
  json_decref(run->result);
  json_decref(run->error);
  free(run);
}

/* --- telling --- */

void run_tell(struct run *run, json_t *event) {
  json_object_set_new(event, "at", json_integer(run_now(run)));
  runs_tell(run, event);
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

void run_save(struct run *run) {
  char *manifest = json_dumps(run->manifest, JSON_COMPACT | JSON_SORT_KEYS);
  char *params = json_dumps(run->params, JSON_COMPACT | JSON_SORT_KEYS);
  int any = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY;
  char *result = run->result ? json_dumps(run->result, (size_t)any) : NULL;
  char *error = run->error ? json_dumps(run->error, (size_t)any) : NULL;
  store_run(run_plan(run)->store, &(struct store_run){
                                      .id = run->id,
                                      .flow = run->flow,
                                      .script = run->version,
                                      .manifest = manifest,
                                      .params = params,
                                      .state = run->state,
                                      .result = result,
                                      .error = error,
                                      .created = run->created,
                                      .finished = run->ended ? run->finished : 0,
                                      .wake = run->wake,
                                  });
  free(manifest);
  free(params);
  free(result);
  free(error);
}

void run_over(struct run *run, json_t *values, const struct error *error) {
  run->returned = true;
  json_decref(run->values);
  run->values = json_incref(values);
  if (error) {
    run->failed = true;
    run->failure = *error;
  }
  for (int i = 0; i < run->call_count; i++)
    conversation_close(call_conversation(run->calls[i]));
  run_settle(run);
}

/* --- the end --- */

/* What a flow that a hang-up ended came to, where its on_hangup does not say. */
static json_t *hang_up_failure(const struct run *run) {
  if (!run->hung_up || strcmp(call_state(run->hung_up), "completed") == 0) return NULL;
  return call_failure(run->hung_up);
}

static void judge(struct run *run) {
  struct ending ending =
      ending_of(run->values, run->failed ? &run->failure : NULL, hang_up_failure(run));
  run->state = ending.state;
  if (ending.result) run->result = ending.result;
  if (!ending.error) return;
  json_decref(run->error);
  run->error = ending.error;
}

/* Whoever follows the run is told in its report. */
static void log_end(const struct run *run) {
  const char *code = json_string_value(json_object_get(run->error, "code"));
  if (run->failed && !run->canceled && !run->follower) {
    log_error(run_plan(run)->log, LEVEL_ERROR, &run->failure, "run %s (%s) %s: ", run->id,
              run->flow, run->state);
    return;
  }
  log_line(run_plan(run)->log, LEVEL_INFO, "run %s (%s) %s%s%s", run->id, run->flow,
           run->state, code ? ": " : "", code ? code : "");
}

/* What has ended needs its script no more, and goes: what still happens to its calls
 * brings back only them. */
static void rest(void *context) {
  struct run *run = context;
  run_drop_task(run);
  script_free(run->script);
  run->script = NULL;
  run_go(run);
}

static void finish(struct run *run) {
  run->ended = true;
  if (run->canceled) run->state = "canceled";
  run->finished = run_now(run);
  run_save(run);
  if (run->refused) store_forget(run_plan(run)->store, run->id);
  run_tell(run, json_pack("{ss, so}", "kind", "finished", "report", run_report(run)));
  log_end(run);
  runs_ended(run);
  run_leave_task(run, rest);
}

void run_park(struct run *run, const char *state, json_t *error) {
  run->state = state;
  json_decref(run->error);
  run->error = error;
  run_save(run);
  run_tell(run, json_pack("{ss, so}", "kind", "finished", "report", run_report(run)));
  log_end(run);
  runs_ended(run);
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
  run_save(run);
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
  if (unknown && !run->canceled) {
    if (run_is_under_way(run)) run_park(run, "unknown", call_failure(unknown));
    return;
  }
  unpark(run);
  run_stir(run);
  if (!run->returned || open) return;
  judge(run);
  finish(run);
}

/* The script is left where it stands; the run is over once its calls are. */
static void give_up(struct run *run, const struct error *error) {
  run_drop_task(run);
  run_over(run, NULL, error);
  for (int i = 0; i < run->call_count; i++) call_cancel(run->calls[i]);
  run_settle(run);
}

static void canceled(void *context) {
  struct run *run = context;
  struct error error;
  error_set(&error, "canceled", "the run was canceled");
  give_up(run, &error);
}

/* Its row says so from now on, so that the next engine would go on with it; should the
 * script get as far as its end in this turn, that changes nothing. */
void run_cancel(struct run *run) {
  run->canceled = true;
  run->state = "running";
  json_decref(run->error);
  run->error = json_pack("{ss}", "code", "canceled");
  run_stir(run);
  run_save(run);
  run_leave_task(run, canceled);
}

bool run_is_canceled(const struct run *run) {
  const char *code = json_string_value(json_object_get(run->error, "code"));
  return run_is_under_way(run) && code && strcmp(code, "canceled") == 0;
}

void run_refuse(struct run *run, const struct error *error) {
  run->refused = true;
  if (run->ended) { /* it was quicker than the disk */
    store_forget(run_plan(run)->store, run->id);
    return;
  }
  timer_cancel(run->turn);
  give_up(run, error); /* its calls have not left: their intents came later than it */
}
