#include "run/watch.h"

#include "poll/poll.h"
#include "provider/invocation.h"
#include "run/call.h"
#include "run/submission.h"

#include <stdio.h>
#include <stdlib.h>

/* A status request that takes longer is given up and asked again. */
static const double patience = 60; /* seconds */

struct watch {
  struct call *call;
  struct poll *poll;
  struct poll_plan plan;
  struct invocation *status;
  int polls;       /* of an earlier life */
  int64_t next;    /* when that one would have asked again; 0: it had not begun */
  int64_t started; /* when the call was submitted; 0: in this life */
};

struct watch *watch_new(struct call *call) {
  struct watch *watch = calloc(1, sizeof *watch);
  if (watch) watch->call = call;
  return watch;
}

void watch_stop(struct watch *watch) {
  poll_stop(watch->poll);
  invocation_cancel(watch->status);
  watch->poll = NULL;
  watch->status = NULL;
}

void watch_free(struct watch *watch) {
  if (!watch) return;
  watch_stop(watch);
  free(watch);
}

static void answered(void *context, const json_t *results, const struct error *error) {
  struct watch *watch = context;
  const json_t *answer = json_array_get(results, 0);
  const json_t *wrong = json_array_get(results, 1);
  const char *sentence = json_string_value(json_object_get(wrong, "message"));
  watch->status = NULL;
  static const char format[] = "%s: status not had, will ask again: %s";
  const struct log *log = run_plan(call_run(watch->call))->log;
  const char *name = provider_name(call_provider(watch->call));
  if (error)
    log_error(log, LEVEL_WARNING, error, format, name, "");
  else if (sentence)
    log_line(log, LEVEL_INFO, format, name, sentence);
  if (json_is_object(answer)) call_learn(watch->call, answer, CALL_POLL, NULL);
  if (watch->poll) poll_answer(watch->poll, call_cursor(watch->call));
}

static void ask(void *context, struct poll *poll, const char *cursor) {
  struct watch *watch = context;
  (void)cursor; /* call_subject has the newest */
  if (!provider_can(call_provider(watch->call), "status")) {
    poll_answer(poll, NULL); /* only the deadline counts */
    return;
  }
  struct invocation_plan plan = {
      .function = "status",
      .subject = call_subject(watch->call),
      .deadline = patience,
      .done = answered,
      .context = watch,
  };
  watch->status = invocation_begin(call_provider(watch->call), &plan, NULL);
  if (!watch->status) poll_answer(poll, NULL);
}

static void gave_up(void *context) {
  struct watch *watch = context;
  watch->poll = NULL;
  char message[160];
  const char *provider = provider_name(call_provider(watch->call));
  if (call_is_doubtful(watch->call)) {
    snprintf(message, sizeof message,
             "%s had the request before, but no word of a call came", provider);
    call_unknown(watch->call, message, true);
    return;
  }
  snprintf(message, sizeof message, "%s gave no final status within %g s", provider,
           watch->plan.deadline);
  json_t *event = json_pack("{ss, ss, ss}", "state", "expired", "reason", "expired",
                            "message", message);
  call_learn(watch->call, event, CALL_POLL, NULL);
  json_decref(event);
}

bool watch_is_busy(const struct watch *watch) {
  return watch->status != NULL;
}

int64_t watch_next(const struct watch *watch, int *polls) {
  *polls = watch->polls;
  if (!watch->poll) return watch->next;
  unsigned asked;
  double wait;
  poll_progress(watch->poll, &asked, &wait);
  *polls = (int)asked;
  return run_now(call_run(watch->call)) + (int64_t)(wait * 1000);
}

void watch_restore(struct watch *watch, int polls, int64_t next, int64_t started) {
  watch->polls = polls;
  watch->next = next;
  watch->started = started;
}

/* The deadline counts from when the call was submitted, perhaps in an earlier life, or is
 * to start, if that is later. What is left of it is never 0, which means for ever. */
static void shorten(const struct watch *watch, struct poll_plan *plan) {
  if (plan->deadline <= 0) return;
  int64_t now = run_now(call_run(watch->call));
  int64_t from = watch->started ? watch->started : now;
  int64_t starts = call_starts(watch->call);
  if (starts > from) from = starts;
  plan->deadline -= (double)(now - from) / 1000;
  if (plan->deadline < 0.001) plan->deadline = 0.001;
}

void watch_start(struct watch *watch) {
  struct provider *provider = call_provider(watch->call);
  if (watch->poll) return;
  if (!submission_schedule(provider, "poll", &watch->plan)) return;
  struct ev_loop *loop = run_plan(call_run(watch->call))->loop;
  struct poll_plan plan = watch->plan;
  plan.clock = run_plan(call_run(watch->call))->clock;
  shorten(watch, &plan);
  watch->poll = poll_start(loop, &plan, call_cursor(watch->call), ask, gave_up, watch);
  if (watch->poll && watch->next)
    poll_go_on(watch->poll, (unsigned)watch->polls,
               (double)(watch->next - run_now(call_run(watch->call))) / 1000);
}
