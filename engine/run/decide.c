/* What persons decide about runs: to end one, or how an unknown submission went. */
#include "run/call.h"
#include "run/due.h"
#include "run/internal.h"
#include "timer/timer.h"

#include <stdlib.h>
#include <string.h>

struct decision {
  char run[ID_RUN_SIZE];
  bool (*decide)(struct run *run, bool placed, struct error *error);
  bool placed;
  runs_done_fn done;
  void *context;
};

static void stored(void *context, const struct error *error) {
  struct decision *decision = context;
  decision->done(decision->context, error);
  free(decision);
}

/* What was decided counts once it is on disk. */
static void brought(void *context, struct run *run, const struct error *error) {
  struct decision *decision = context;
  struct error wrong = {0};
  if (!run) wrong = *error;
  bool decided = run && decision->decide(run, decision->placed, &wrong);
  if (decided && store_sync(run_plan(run)->store, stored, decision)) return;
  if (decided) error_set(&wrong, "memory", "out of memory");
  stored(decision, &wrong);
}

static void decide(struct runs *runs, const char *run, struct decision decision) {
  struct error error;
  error_set(&error, "memory", "out of memory");
  bool room = store_has_room(runs_plan_of(runs)->store, &error);
  struct decision *copy = room ? malloc(sizeof *copy) : NULL;
  if (!copy) {
    decision.done(decision.context, &error);
    return;
  }
  *copy = decision;
  strncpy(copy->run, run, sizeof copy->run - 1);
  due_bring(runs_due(runs), run, brought, copy);
}

/* --- ending a run --- */

static bool cancel(struct run *run, bool placed, struct error *error) {
  (void)placed;
  if (run->ended)
    return error_set(error, "usage", "run %s has ended already: %s", run->id, run->state);
  run_cancel(run);
  return true;
}

void runs_cancel(struct runs *runs, const char *run, runs_done_fn done, void *context) {
  decide(runs, run,
         (struct decision){.decide = cancel, .done = done, .context = context});
}

/* --- an unknown submission --- */

static struct call *unknown_call(const struct run *run) {
  for (int i = 1; i <= run_call_count(run); i++)
    if (call_is_unknown(run_call(run, i))) return run_call(run, i);
  return NULL;
}

static json_t *verdict(const struct call *call, bool placed) {
  bool heard = provider_can(call_provider(call), "webhook");
  bool asked = provider_can(call_provider(call), "status") &&
               (call_reference(call) || call_cursor(call));
  if (!placed)
    return json_pack("{ss, ss, ss}", "state", "failed", "reason", "not_placed", "message",
                     "a person found that the call was not placed");
  if (heard || asked) /* and a person's word ends every doubt */
    return json_pack("{ss, s{sb}}", "state", "queued", "detail", "unconfirmed", 0);
  return json_pack("{ss, ss, ss}", "state", "expired", "reason", "expired", "message",
                   "the call was placed; how it went cannot be asked");
}

static bool resolve(struct run *run, bool placed, struct error *error) {
  struct call *call = unknown_call(run);
  if (!call)
    return error_set(error, "usage",
                     "run %s is %s; only a run whose call is unknown can "
                     "be resolved",
                     run->id, run->state);
  json_t *event = verdict(call, placed);
  call_learn(call, event, CALL_PERSON, NULL);
  json_decref(event);
  return true;
}

void runs_resolve(struct runs *runs, const char *run, bool placed, runs_done_fn done,
                  void *context) {
  decide(runs, run,
         (struct decision){
             .decide = resolve, .placed = placed, .done = done, .context = context});
}
