#include "run/call.h"
#include "run/conversation.h"
#include "run/internal.h"
#include "run/story.h"
#include "timer/timer.h"

#include <string.h>

/* A flow whose ops are all answered at once has the loop to itself for so many, and then
 * lets others work while the disk catches up. */
enum { OPS_A_TURN = 256 };

/* What a known answer did to the calls in the life that got it. */
static void relive(struct run *run, const struct task_ask *ask, const json_t *values) {
  int number = (int)json_integer_value(json_object_get(ask->tree, "call"));
  struct call *call = run_call(run, number);
  char digits[65];
  if (!call) return;
  const json_t *verbs = json_object_get(ask->tree, "verbs");
  bool talks = strcmp(ask->op, "place") != 0 && !call_is_over(call);
  if (verbs && talks) /* unless it was fetched after a hold plan */
    conversation_say(call_conversation(call), verbs, NULL);
  if (strcmp(ask->op, "collect") == 0)
    conversation_take(call_conversation(call), digits, sizeof digits);
  else if (strcmp(ask->op, "finish") == 0)
    conversation_close(call_conversation(call));
  else if (strcmp(ask->op, "detach") == 0 && json_is_true(json_array_get(values, 0)))
    call_detach(call);
}

/* The call whose end ended the flow at this op, or NULL. */
static struct call *ended_by(const struct run *run, const json_t *values) {
  json_t *ended = json_object_get(json_array_get(values, 1), "ended");
  return ended ? run_call(run, (int)json_integer_value(ended)) : NULL;
}

void run_leave_task(struct run *run, timer_fn next) {
  timer_cancel(run->turn);
  run->turn = timer_after(run_plan(run)->loop, 0, next, run);
}

void run_drop_task(struct run *run) {
  run->turn = NULL;
  task_free(run->task);
  run->task = NULL;
}

/* It asked for something else than before: nothing is guessed, nothing is lost. */
static void mismatched(void *context) {
  struct run *run = context;
  run_drop_task(run);
  run_park(run, "parked", journal_mismatch(run->journal));
}

static void hung_up(void *context) {
  struct run *run = context;
  struct error error;
  run_drop_task(run);
  run->task = run_make_task(run, "hangup", &error);
  if (run->task)
    task_start(run->task, json_pack("[O, i]", run->params, call_number(run->hung_up)));
  else
    run_over(run, NULL, &error);
}

/* Nobody was there to hang up: the run has failed as the call did. */
static void unanswered(void *context) {
  struct run *run = context;
  run_drop_task(run);
  run_over(run, NULL, NULL);
}

static enum task_verdict replayed(struct run *run, const struct task_ask *ask,
                                  json_t *known, json_t **values) {
  struct call *ended = ended_by(run, known);
  if (!ended) {
    relive(run, ask, known);
    *values = known;
    return TASK_KNOWN;
  }
  const json_t *failure = json_array_get(known, 1);
  bool nobody = json_is_true(json_object_get(failure, "unanswered"));
  json_decref(known);
  run->hung_up = ended;
  run_leave_task(run, nobody ? unanswered : hung_up);
  return TASK_STOP;
}

static void tell_ask(struct run *run, const struct task_ask *ask) {
  if (!runs_listen(run)) return;
  run_tell(run, json_pack("{ss, si, ss, ss, si, so}", "kind", "op", "seq",
                          journal_seq(run->journal), "op", ask->op, "file",
                          journal_file(run->journal), "line", ask->line, "args",
                          story_args(ask->op, ask->tree)));
}

static enum task_verdict asked(void *owner, const struct task_ask *ask, json_t **values) {
  struct run *run = owner;
  json_t *known = NULL;
  enum journal_verdict verdict =
      journal_ask(run->journal, ask, &known, &task_op(run->task)->since);
  if (verdict == JOURNAL_KNOWN) return replayed(run, ask, known, values);
  if (verdict == JOURNAL_MISMATCH) {
    run_leave_task(run, mismatched);
    return TASK_STOP;
  }
  if (verdict == JOURNAL_PENDING) {
    run_linger(run);
    return TASK_BEGIN;
  }
  run_stir(run);
  const struct op_kind *kind = task_op(run->task)->kind;
  bool held = (kind->touches && kind->touches(ask->tree)) ||
              journal_seq(run->journal) % OPS_A_TURN == 0 ||
              !store_has_room(run_plan(run)->store, NULL);
  tell_ask(run, ask);
  if (held) run_hold(run);
  return held ? TASK_HOLD : TASK_BEGIN;
}

static void tell_answer(struct run *run, const json_t *values) {
  if (!runs_listen(run)) return;
  run_tell(run, json_pack("{ss, si, ss, so}", "kind", "result", "seq",
                          journal_seq(run->journal), "op", journal_op(run->journal),
                          "result", story_result(journal_op(run->journal), values)));
}

static void answered(void *owner, const json_t *values) {
  struct run *run = owner;
  run->stays = false;
  journal_answer(run->journal, values);
  tell_answer(run, values);
}

/* A machine that is short of memory or slow is no reason to give a run up. */
static bool is_passing(const struct error *error) {
  return strcmp(error->code, "memory") == 0 || strcmp(error->code, "runaway") == 0;
}

static void put_off(void *context) {
  struct run *run = context;
  run->turn = NULL;
  log_line(run_plan(run)->log, LEVEL_ERROR, "run %s cannot go on now: %s", run->id,
           run->failure.message);
  runs_put_off(run);
}

/* The script has returned or failed; in a replay it may do so only where it did before.
 */
static void script_over(void *owner, json_t *values, const struct error *error) {
  struct run *run = owner;
  if (error && journal_is_replay(run->journal) && is_passing(error)) {
    run->failure = *error;
    run_leave_task(run, put_off);
  } else if (journal_end(run->journal, error)) {
    run_over(run, values, error);
  } else {
    run_leave_task(run, mismatched);
  }
}

struct task *run_make_task(struct run *run, const char *function, struct error *error) {
  const struct runs_plan *plan = run_plan(run);
  struct task_plan task = {
      .kinds = plan->op_kinds,
      .parts = plan->parts,
      .owner = run,
      .asked = asked,
      .answered = answered,
      .over = script_over,
  };
  return script_task(run->script, function, &task, error);
}

/* Journals from before "unanswered" have "hangup" for every call that ended a flow: their
 * on_hangup ran, and does so again. */
static json_t *hang_up_result(const struct call *call) {
  json_t *failure = call_is_over(call)
                        ? call_failure(call)
                        : json_pack("{ss}", "message", "the person called has hung up");
  json_object_set_new(failure, "ended", json_integer(call_number(call)));
  if (call_was_answered(call))
    json_object_set_new(failure, "code", json_string("hangup"));
  else
    json_object_set_new(failure, "unanswered", json_true());
  return json_pack("[n, o]", failure);
}

bool run_hang_up(struct run *run, struct call *call) {
  if (run->hung_up) return false;
  run->hung_up = call;
  json_t *values = hang_up_result(call);
  answered(run, values);
  json_decref(values);
  run_leave_task(run, call_was_answered(call) ? hung_up : unanswered);
  return true;
}
