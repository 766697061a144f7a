/* Runs, as the host starts, follows and ends them. */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void engine_tell(void *context, run_event_fn event, void *event_context, const char *run,
                 const char *text) {
  struct od_engine *engine = context;
  post_send(engine->post, &(struct letter){
                              .kind = LETTER_EVENT,
                              .to.event = event,
                              .context = event_context,
                              .run = run,
                              .text = text,
                              .length = strlen(text),
                          });
}

static struct run *start(struct od_engine *engine, const char *flow, const char *params,
                         od_event_fn event, void *context, struct error *error) {
  json_error_t place;
  json_t *given = json_loads(params && *params ? params : "{}", JSON_ALLOW_NUL, &place);
  struct run *started = NULL;
  if (json_is_object(given))
    started = run_start(engine->runs, flow, given, event, context, error);
  else
    error_set(error, "usage", "the parameters must be a JSON object: %s",
              given ? "this is something else" : place.text);
  json_decref(given);
  bool asked = strcmp(error->code, "missing") == 0 || strcmp(error->code, "json") == 0;
  if (!started && asked) snprintf(error->code, sizeof error->code, "usage");
  return started;
}

bool od_run_start(struct od_engine *engine, const char *flow, const char *params,
                  od_event_fn event, void *context, char run[OD_RUN_SIZE],
                  struct od_error *error) {
  struct error wrong;
  struct run *started = NULL;
  if (!engine_enter(engine, error)) return false;
  if (!flow || !*flow)
    error_set(&wrong, "misuse", "which flow is to be started is not said");
  else
    started = start(engine, flow, params, event, context, &wrong);
  if (started && run) snprintf(run, OD_RUN_SIZE, "%s", run_id(started));
  if (!started) engine_error(error, &wrong);
  engine_leave(engine);
  return started != NULL;
}

/* --- decisions, which take their time --- */

struct decision {
  struct od_engine *engine;
  od_done_fn done;
  void *context;
};

static void decided(void *context, const struct error *error) {
  struct decision *decision = context;
  struct od_error told;
  if (error) engine_error(&told, error);
  if (decision->done)
    post_send(decision->engine->post, &(struct letter){
                                          .kind = LETTER_DONE,
                                          .to.done = decision->done,
                                          .context = decision->context,
                                          .error = error ? &told : NULL,
                                      });
  engine_favour_done(decision->engine);
  free(decision);
}

static struct decision *decision_new(struct od_engine *engine, const char *run,
                                     od_done_fn done, void *context,
                                     struct od_error *error) {
  struct decision *decision = run ? malloc(sizeof *decision) : NULL;
  if (decision) {
    *decision = (struct decision){engine, done, context};
    engine->favours++;
    return decision;
  }
  engine_refuse(error, run ? "memory" : "misuse",
                run ? "out of memory" : "which run is meant is not said");
  return NULL;
}

bool od_run_cancel(struct od_engine *engine, const char *run, od_done_fn done,
                   void *context, struct od_error *error) {
  if (!engine_enter(engine, error)) return false;
  struct decision *decision = decision_new(engine, run, done, context, error);
  if (decision) runs_cancel(engine->runs, run, decided, decision);
  engine_leave(engine);
  return decision != NULL;
}

bool od_run_resolve(struct od_engine *engine, const char *run, bool placed,
                    od_done_fn done, void *context, struct od_error *error) {
  if (!engine_enter(engine, error)) return false;
  struct decision *decision = decision_new(engine, run, done, context, error);
  if (decision) runs_resolve(engine->runs, run, placed, decided, decision);
  engine_leave(engine);
  return decision != NULL;
}
