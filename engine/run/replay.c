#include "run/replay.h"

#include "run/ending.h"
#include "run/internal.h"
#include "run/story.h"
#include "script/place.h"

#include <stdlib.h>
#include <string.h>

struct replay {
  const struct replay_plan *plan;
  const json_t *saved, *ops;
  struct script *script;
  json_t *modules; /* {"module": "source"} as recorded; NULL: the plan finds them */
  json_t *sources; /* {"pin.lua": "source"} of what was loaded */
  json_t *params;
  json_t *asked;  /* what the script asks for, up to the first op that differs */
  json_t *values; /* what it returned */
  struct error failure;
  int hung_up;  /* the call whose end ended the flow; 0: none */
  bool nobody;  /* had answered that call: on_hangup does not run */
  bool over;    /* it returned or failed */
  bool differs; /* from an op on */
  bool resumes; /* with one op more than recorded, after which it does as recorded */
};

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static json_t *parse(const json_t *row, const char *key) {
  return json_loads(text_of(row, key), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

/* --- scripts --- */

static void keep_text(struct replay *replay, const struct source *source) {
  json_object_set_new(replay->sources, source->path,
                      json_stringn(source->text, source->length));
}

static bool find_module(void *context, const char *name, struct source *source,
                        struct error *error) {
  struct replay *replay = context;
  const struct script_plan *plan = &replay->plan->script;
  const char *text = json_string_value(json_object_get(replay->modules, name));
  char path[SOURCE_NAME_SIZE + sizeof "lib/.lua"];
  snprintf(path, sizeof path, "lib/%.*s.lua", SOURCE_NAME_SIZE - 1, name);
  bool found = replay->modules ? text ? source_take(path, text, source, error)
                                      : error_set(error, "missing",
                                                  "the run knew no module '%s'", name)
                               : plan->find(plan->find_context, name, source, error);
  if (!found || !run_rename(source, "lib/", error)) return false;
  keep_text(replay, source);
  return true;
}

static bool load(struct replay *replay, struct source *source, struct error *error) {
  struct script_plan plan = replay->plan->script;
  plan.limits.kind = SANDBOX_FLOW;
  plan.limits.seed = run_seed(text_of(replay->saved, "id"));
  plan.find = find_module;
  plan.find_context = replay;
  if (!run_rename(source, "", error)) return false;
  keep_text(replay, source);
  replay->script = script_load(&plan, source, error);
  return replay->script != NULL;
}

static bool load_recorded(struct replay *replay, struct error *error) {
  struct source source;
  char path[SOURCE_NAME_SIZE + sizeof ".lua"];
  const char *text = json_string_value(json_object_get(replay->saved, "source"));
  snprintf(path, sizeof path, "%.*s.lua", SOURCE_NAME_SIZE - 1,
           text_of(replay->saved, "flow"));
  if (!text) return error_set(error, "store", "the store has no source of this run");
  if (!source_take(path, text, &source, error)) return false;
  replay->modules = json_incref(json_object_get(replay->saved, "modules"));
  bool loaded = load(replay, &source, error);
  source_free(&source);
  return loaded;
}

/* --- parameters --- */

/* What the run was given, as far as can be told: a value that was the default then is the
 * default now, whatever that has become, and what the script does not ask for any more is
 * left out. */
static json_t *given_of(const json_t *params, const struct replay *before,
                        const struct replay *now) {
  const json_t *had = json_object_get(script_description(before->script), "params");
  const json_t *has = json_object_get(script_description(now->script), "params");
  json_t *given = json_object(), *value;
  const char *name;
  json_object_foreach ((json_t *)params, name, value) {
    json_t *usual = json_object_get(json_object_get(had, name), "default");
    if (json_object_get(has, name) && !(usual && json_equal(value, usual)))
      json_object_set(given, name, value);
  }
  return given;
}

static bool read_params(struct replay *replay, const struct replay *before,
                        struct error *error) {
  json_t *given = given_of(before->params, before, replay);
  json_t *values = script_ask(replay->script, "params", json_pack("[o]", given), error);
  if (!values) return false;
  replay->params = json_incref(json_array_get(values, 0));
  if (!json_is_object(replay->params))
    error_set(error, "parameters", "it would not start with the run's parameters: %s",
              json_string_value(json_array_get(values, 1)));
  json_decref(values);
  return json_is_object(replay->params);
}

/* --- ops --- */

static void note(struct replay *replay, const struct task_ask *ask) {
  size_t file = 0;
  json_t *args = json_loadb(ask->args, ask->length, JSON_ALLOW_NUL, NULL);
  const char *colon = strrchr(ask->where, ':');
  file = colon ? (size_t)(colon - ask->where) : strlen(ask->where);
  json_array_append_new(replay->asked,
                        json_pack("{si, ss, so, ss%, si}", "seq",
                                  (int)json_array_size(replay->asked) + 1, "op", ask->op,
                                  "args", story_args(ask->op, args), "file", ask->where,
                                  file, "line", ask->line));
  json_decref(args);
}

/* An op more than recorded, whose answer is known without asking anybody, is passed, to
 * see whether the script then does what it did. */
static enum task_verdict pass(struct replay *replay, const struct task_ask *ask,
                              const json_t *before, json_t **values) {
  bool sure = strcmp(ask->op, "log") == 0 || strcmp(ask->op, "sleep") == 0;
  replay->differs = true;
  if (!before || !sure) return TASK_STOP;
  *values = json_pack("[b]", 1);
  return TASK_KNOWN;
}

static bool has_ended(const json_t *saved) {
  const char *state = text_of(saved, "state");
  return strcmp(state, "completed") == 0 || strcmp(state, "failed") == 0;
}

static enum task_verdict asked(void *owner, const struct task_ask *ask, json_t **values) {
  struct replay *replay = owner;
  size_t index = json_array_size(replay->asked) - (replay->differs ? 1 : 0);
  const json_t *before = json_array_get(replay->ops, index);
  bool same = before && journal_has(before, ask);
  if (replay->differs) return replay->resumes = same, TASK_STOP;
  if (!before && !has_ended(replay->saved)) return TASK_STOP; /* it had come so far */
  note(replay, ask);
  if (!same) return pass(replay, ask, before, values);
  json_t *known = parse(before, "result");
  json_t *ended = json_object_get(json_array_get(known, 1), "ended");
  if (known && !ended) return *values = known, TASK_KNOWN;
  if (ended) replay->hung_up = (int)json_integer_value(ended);
  replay->nobody = json_is_true(json_object_get(json_array_get(known, 1), "unanswered"));
  json_decref(known);
  return TASK_STOP;
}

static void over(void *owner, json_t *values, const struct error *error) {
  struct replay *replay = owner;
  if (replay->differs) return;
  replay->over = true;
  replay->values = json_incref(values);
  if (error) replay->failure = *error;
}

/* One of the flow's functions, as far as it goes: every answer is there already. */
static bool play_function(struct replay *replay, const char *function, json_t *args,
                          struct error *error) {
  struct task_plan plan = {
      .kinds = replay->plan->op_kinds, .owner = replay, .asked = asked, .over = over};
  struct task *task = script_task(replay->script, function, &plan, error);
  if (task)
    task_start(task, args);
  else
    json_decref(args);
  task_free(task);
  return task != NULL;
}

static bool play(struct replay *replay, struct error *error) {
  if (!play_function(replay, "main", json_pack("[O]", replay->params), error))
    return false;
  int call = replay->hung_up;
  if (replay->nobody) over(replay, NULL, NULL);
  return !call || replay->nobody ||
         play_function(replay, "hangup", json_pack("[O, i]", replay->params, call),
                       error);
}

/* --- how it ended --- */

/* Of a call that ended the flow; NULL when it went well. */
static json_t *hang_up_failure(const struct replay *replay) {
  const json_t *call = json_array_get(json_object_get(replay->saved, "calls"),
                                      (size_t)replay->hung_up - 1);
  const char *state = text_of(call, "state"), *code = text_of(call, "reason");
  if (!replay->hung_up || strcmp(state, "completed") == 0) return NULL;
  if (strcmp(state, "failed") != 0 || !*code) code = state;
  json_t *told = parse(replay->saved, "error"); /* in the words of then */
  if (strcmp(text_of(told, "code"), code) == 0) return told;
  json_decref(told);
  return json_pack("{ss, ss, ss}", "code", code, "message", text_of(call, "message"),
                   "state", state);
}

/* {state, result, error}; null when it did not come to its end. */
static json_t *end_of(const struct replay *replay) {
  if (!replay->over) return json_null();
  struct ending ending =
      ending_of(replay->values, replay->failure.code[0] ? &replay->failure : NULL,
                hang_up_failure(replay));
  return json_pack("{ss, so, so}", "state", ending.state, "result",
                   ending.result ? ending.result : json_null(), "error",
                   ending.error ? ending.error : json_null());
}

static json_t *recorded_end(const json_t *saved) {
  json_t *result = parse(saved, "result"), *error = parse(saved, "error");
  return json_pack("{ss, so, so}", "state", text_of(saved, "state"), "result",
                   result ? result : json_null(), "error", error ? error : json_null());
}

/* Lines move when a script is edited: the place that a message begins with is no part of
 * what it says. */
static bool same_end(const json_t *one, const json_t *other) {
  const json_t *error = json_object_get(one, "error");
  const json_t *wrong = json_object_get(other, "error");
  const char *said = text_of(error, "message"), *says = text_of(wrong, "message");
  return strcmp(text_of(one, "state"), text_of(other, "state")) == 0 &&
         strcmp(text_of(error, "code"), text_of(wrong, "code")) == 0 &&
         strcmp(said + place_span(said), says + place_span(says)) == 0 &&
         json_equal(json_object_get(one, "result"), json_object_get(other, "result"));
}

/* Whether it did what was recorded, as far as that goes. */
static bool is_same(const struct replay *replay) {
  size_t asked = json_array_size(replay->asked), recorded = json_array_size(replay->ops);
  if (replay->differs || (replay->over && asked < recorded)) return false;
  if (!replay->over || !has_ended(replay->saved)) return true;
  json_t *before = recorded_end(replay->saved), *end = end_of(replay);
  bool same = same_end(end, before);
  json_decref(before);
  json_decref(end);
  return same;
}

/* --- the whole --- */

static void init(struct replay *replay, const struct replay_plan *plan,
                 const json_t *saved) {
  *replay = (struct replay){
      .plan = plan,
      .saved = saved,
      .ops = json_object_get(saved, "ops"),
      .sources = json_object(),
      .asked = json_array(),
  };
}

static void clear(struct replay *replay) {
  script_free(replay->script);
  json_decref(replay->modules);
  json_decref(replay->sources);
  json_decref(replay->params);
  json_decref(replay->asked);
  json_decref(replay->values);
}

static bool play_recorded(struct replay *replay, struct error *error) {
  replay->params = parse(replay->saved, "params");
  return load_recorded(replay, error) && play(replay, error);
}

/* A run that its own script does not repeat says nothing of another one. */
static bool refuse_unlike(const struct replay *replay, struct error *error) {
  return is_same(replay) ||
         error_set(error, "mismatch",
                   "its own script does not do again what it did; see outdial replay %s",
                   text_of(replay->saved, "id"));
}

static bool play_edited(struct replay *replay, const struct replay *before,
                        struct source *source, struct error *error) {
  return refuse_unlike(before, error) && load(replay, source, error) &&
         read_params(replay, before, error) && play(replay, error);
}

static json_t *tell(const struct replay *replay, const struct replay *recorded) {
  const json_t *saved = replay->saved;
  return json_pack("{ss, ss, ss, ss, sb, sb, so, sO, so, s{sO, sO}}", "run",
                   text_of(saved, "id"), "flow", text_of(saved, "flow"), "version",
                   text_of(saved, "script"), "state", text_of(saved, "state"), "same",
                   is_same(replay), "resumes", replay->resumes, "events",
                   story_events(saved), "ops", replay->asked, "end", end_of(replay),
                   "sources", "recorded", recorded->sources, "replayed", replay->sources);
}

json_t *replay_of(const struct replay_plan *plan, const json_t *saved,
                  struct source *edited, struct error *error) {
  struct replay recorded, replayed;
  json_t *told = NULL;
  init(&recorded, plan, saved);
  init(&replayed, plan, saved);
  error_set(error, "memory", "out of memory for a replay");
  if (play_recorded(&recorded, error) &&
      (!edited || play_edited(&replayed, &recorded, edited, error)))
    told = tell(edited ? &replayed : &recorded, &recorded);
  clear(&recorded);
  clear(&replayed);
  return told;
}
