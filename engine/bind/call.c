/* The ops on calls, for flows: call, place, collect, wait, detach, finish. */
#include "run/call.h"

#include "base/clock.h"
#include "bind/internal.h"
#include "run/conversation.h"
#include "run/submission.h"
#include "timer/timer.h"

#include <stdlib.h>
#include <string.h>

/* nil and an error that the flow's library raises at the script's line. */
static void refuse(struct op *op, const struct error *error) {
  op_finish_refusal(op, json_pack("{ss, ss, sb}", "code", error->code, "message",
                                  error->message, "raise", 1));
}

/* The call that args names; NULL when the op has been refused for it. */
static struct call *find_call(struct op *op, const json_t *args) {
  int number = (int)json_integer_value(json_object_get(args, "call"));
  struct call *call = run_call(op->owner, number);
  if (!call) op_finish_error(op, "usage", "there is no call %d in this run", number);
  return call;
}

/* The same where only a call that the provider has been asked for makes sense. */
static struct call *find_placed(struct op *op, const json_t *args) {
  struct call *call = find_call(op, args);
  if (!call || call_is_placed(call)) return call;
  struct error error;
  error_set(&error, "usage", "the call could not be placed");
  refuse(op, &error);
  return NULL;
}

static void stop_waiting(struct op *op) {
  if (op->work) call_await(op->work, NULL, NULL);
}

/* Waits for changes of the call, and looks at once. */
static void await(struct op *op, struct call *call, call_changed_fn look) {
  op->work = call;
  call_await(call, look, op);
  look(op, call);
}

/* Ends the waiting before the op, which may begin the next wait. */
static void finish(struct op *op, struct call *call, json_t *values) {
  call_await(call, NULL, NULL);
  op_finish(op, values);
}

/* --- call --- */

static void begin_call(struct op *op, const json_t *args) {
  struct error error;
  struct call *call = call_new(op->owner, args, &error);
  if (!call) {
    refuse(op, &error);
    return;
  }
  int number = call_number(call);
  run_add_call(op->owner, call);
  if (run_call(op->owner, number) != call) {
    op_finish_error(op, "limit", "a run can have at most 1,000 calls");
    return;
  }
  op_finish_value(op, json_pack("{ss, si}", "id", call_id(call), "number", number));
}

/* --- place --- */

/* Mistakes of scripts and settings are raised in the flow; what the provider or the line
 * says is only told, the next op on the call shows it. */
static bool is_mistake(const json_t *failure) {
  static const char *const mistakes[] = {"script", "settings",    "runaway", "memory",
                                         "usage",  "unsupported", NULL};
  const char *code = json_string_value(json_object_get(failure, "code"));
  for (size_t i = 0; mistakes[i]; i++)
    if (code && strcmp(code, mistakes[i]) == 0) return true;
  return false;
}

static void look_placed(void *context, struct call *call) {
  struct op *op = context;
  if (call_is_over(call) && strcmp(call_state(call), "completed") != 0 &&
      !call_is_accepted(call)) {
    json_t *failure = call_failure(call);
    if (is_mistake(failure)) json_object_set_new(failure, "raise", json_true());
    finish(op, call, json_pack("[n, o]", failure));
  } else if (call_is_accepted(call)) {
    finish(op, call, json_pack("[b]", 1));
  }
}

static void begin_place(struct op *op, const json_t *args) {
  struct call *call = find_call(op, args);
  if (!call) return;
  struct error error;
  bool waited = json_is_true(json_object_get(args, "waited"));
  const json_t *verbs = json_object_get(args, "verbs");
  if (call_is_placed(call)) { /* by an earlier life, which saw no answer to it */
    bool open = !call_is_accepted(call) && !call_is_over(call);
    if (open && !call_is_unknown(call)) submission_recover(call_submission(call), verbs);
    await(op, call, look_placed);
  } else if (submission_start(call_submission(call), verbs, waited, &error)) {
    await(op, call, look_placed);
  } else {
    refuse(op, &error);
  }
}

/* --- what is said meanwhile --- */

/* False when the op has been refused for its verbs. */
static bool say(struct op *op, struct call *call, const json_t *args) {
  struct error error;
  const json_t *verbs = json_object_get(args, "verbs");
  if (!verbs || call_is_over(call)) return true;
  if (call_check_plan(call, verbs, &error) &&
      conversation_say(call_conversation(call), verbs, &error))
    return true;
  refuse(op, &error);
  return false;
}

/* --- collect --- */

static void look_collected(void *context, struct call *call) {
  struct op *op = context;
  char digits[65];
  if (conversation_take(call_conversation(call), digits, sizeof digits)) {
    json_t *values = digits[0] ? json_pack("[s]", digits)
                               : json_pack("[n, {ss, ss}]", "code", "no_input", "message",
                                           "nothing was keyed");
    finish(op, call, values);
  } else if (call_is_hung_up(call)) {
    call_await(call, NULL, NULL);
    op->work = NULL;
    if (!run_hang_up(op->owner, call))
      op_finish_error(op, "hangup", "the person called has hung up");
  }
}

static void begin_collect(struct op *op, const json_t *args) {
  struct call *call = find_placed(op, args);
  if (call && say(op, call, args)) await(op, call, look_collected);
}

/* --- wait --- */

struct waiting {
  struct op *op;
  struct call *call;
  struct timer *timer; /* the flow's patience; NULL without end */
};

static void waited(struct waiting *waiting, json_t *values) {
  struct op *op = waiting->op;
  timer_cancel(waiting->timer);
  call_await(waiting->call, NULL, NULL);
  free(waiting);
  op_finish(op, values);
}

static void look_over(void *context, struct call *call) {
  struct waiting *waiting = context;
  if (!call_is_over(call)) return;
  const char *state = call_state(call);
  waited(waiting, strcmp(state, "completed") == 0
                      ? json_pack("[s]", state)
                      : json_pack("[s, o]", state, call_failure(call)));
}

static void out_of_patience(void *context) {
  struct waiting *waiting = context;
  waiting->timer = NULL;
  waited(waiting, json_pack("[n, {ss, ss}]", "code", "timeout", "message",
                            "the call has not ended in the time given"));
}

static void begin_wait(struct op *op, const json_t *args) {
  const struct bind_parts *parts = op->parts;
  struct call *call = find_placed(op, args);
  if (!call || !say(op, call, args)) return;
  struct waiting *waiting = calloc(1, sizeof *waiting);
  if (!waiting) {
    op_finish_error(op, "memory", "out of memory");
    return;
  }
  *waiting = (struct waiting){.op = op, .call = call};
  const json_t *timeout = json_object_get(args, "timeout");
  if (timeout) {
    op->due = bind_due(op, json_number_value(timeout));
    waiting->timer =
        timer_by(parts->loop, parts->clock, op->due, out_of_patience, waiting);
  }
  op->work = waiting;
  call_await(call, look_over, waiting);
  look_over(waiting, call);
}

static void cancel_wait(struct op *op) {
  struct waiting *waiting = op->work;
  timer_cancel(waiting->timer);
  call_await(waiting->call, NULL, NULL);
  free(waiting);
}

/* --- detach --- */

static void look_detached(void *context, struct call *call) {
  struct op *op = context;
  bool refused = call_is_over(call) && strcmp(call_state(call), "completed") != 0;
  if (!refused && !call_is_accepted(call)) return;
  if (!refused) call_detach(call);
  finish(op, call,
         refused ? json_pack("[n, o]", call_failure(call)) : json_pack("[b]", 1));
}

static void begin_detach(struct op *op, const json_t *args) {
  struct call *call = find_placed(op, args);
  if (call && say(op, call, args)) await(op, call, look_detached);
}

/* --- finish --- */

static void begin_finish(struct op *op, const json_t *args) {
  struct call *call = find_call(op, args);
  if (!call || !say(op, call, args)) return;
  conversation_close(call_conversation(call));
  op_finish_value(op, json_true());
}

const struct op_kind bind_call_op = {"call", begin_call, NULL, NULL};
const struct op_kind bind_place_op = {"place", begin_place, stop_waiting, NULL};
const struct op_kind bind_collect_op = {"collect", begin_collect, stop_waiting, NULL};
const struct op_kind bind_wait_op = {"wait", begin_wait, cancel_wait, NULL};
const struct op_kind bind_detach_op = {"detach", begin_detach, stop_waiting, NULL};
const struct op_kind bind_finish_op = {"finish", begin_finish, NULL, NULL};
