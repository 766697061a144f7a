/* The public functions that look into a store from outside of an engine. */
#include "store/look.h"

#include "bind/bind.h"
#include "engine.h"
#include "run/replay.h"
#include "run/story.h"

#include <stdio.h>
#include <stdlib.h>

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 1000 };

/* Opens the store that the settings name. NULL with *error. */
static struct look *open_store(const struct od_config *given, struct error *error) {
  struct od_config config;
  struct engine_settings own = {0};
  struct look *look = NULL;
  if (engine_settings_of(given, &config, &own, error)) look = look_open(own.store, error);
  engine_settings_free(&own);
  return look;
}

static bool is_said(const char *text, const char *what, struct error *error) {
  return text || error_set(error, "misuse", "which %s is meant is not said", what);
}

/* *json as look_ask. */
static bool ask(const struct od_config *config, enum store_question question,
                const char *const *values, char **json, struct error *error) {
  struct look *look = open_store(config, error);
  bool answered = look && look_ask(look, question, values, json, error);
  look_close(look);
  return answered;
}

char *od_list_runs(const struct od_config *config, const struct od_filter *given,
                   struct od_error *error) {
  char count[16], *json = NULL;
  struct error wrong;
  struct od_filter filter = {0};
  bool taken =
      engine_take(&filter, sizeof filter, given, sizeof filter, "od_filter", &wrong);
  unsigned limit = filter.limit ? filter.limit : LIMIT_DEFAULT;
  snprintf(count, sizeof count, "%u", limit < LIMIT_MOST ? limit : LIMIT_MOST);
  const char *const values[] = {filter.state ? filter.state : "",
                                filter.flow ? filter.flow : "", count,
                                filter.before ? filter.before : "", NULL};
  if (!taken || !ask(config, STORE_RUNS, values, &json, &wrong))
    engine_error(error, &wrong);
  return json;
}

/* The run as the store tells it; NULL with *error. */
static json_t *read_run(const struct od_config *config, const char *run,
                        struct error *error) {
  const char *const values[] = {run, NULL};
  char *json = NULL;
  if (!is_said(run, "run", error) || !ask(config, STORE_RUN, values, &json, error))
    return NULL;
  json_t *saved = json ? json_loads(json, JSON_ALLOW_NUL, NULL) : NULL;
  if (!json)
    error_set(error, "usage", "there is no run %s in this store; see outdial runs", run);
  else if (!saved)
    error_set(error, "memory", "out of memory for run %s", run);
  free(json);
  return saved;
}

char *od_show_run(const struct od_config *config, const char *run,
                  struct od_error *error) {
  struct error wrong;
  json_t *saved = read_run(config, run, &wrong);
  json_t *story = saved ? story_of(saved) : NULL;
  if (saved && !story) error_set(&wrong, "memory", "out of memory for run %s", run);
  json_decref(saved);
  return engine_give(story, &wrong, error);
}

/* --- played again --- */

static json_t *replay(const struct shelf *scripts, const json_t *saved, const char *flow,
                      struct error *error) {
  struct bind_parts none = {0}; /* no op begins */
  struct source edited = {0};
  struct replay_plan plan = {
      .script = {.ready = bind_flow,
                 .ready_context = &none,
                 .find = engine_find_module,
                 .find_context = (void *)scripts},
      .op_kinds = bind_flow_ops,
  };
  if (flow && !shelf_find(scripts, SOURCE_FLOW, flow, &edited, error)) return NULL;
  json_t *told = replay_of(&plan, saved, flow ? &edited : NULL, error);
  source_free(&edited);
  return told;
}

char *od_replay_run(const struct od_config *given, const char *run, const char *flow,
                    struct od_error *error) {
  struct error wrong;
  struct od_config config;
  struct engine_settings own = {0};
  struct shelf *scripts = NULL;
  json_t *told = NULL, *saved = NULL;
  if (engine_settings_of(given, &config, &own, &wrong))
    scripts = engine_shelf(&config, own.scripts, &wrong);
  if (scripts) saved = read_run(given, run, &wrong);
  if (saved) told = replay(scripts, saved, flow, &wrong);
  json_decref(saved);
  shelf_free(scripts);
  engine_settings_free(&own);
  return engine_give(told, &wrong, error);
}

/* --- versions, and a copy --- */

static bool ask_versions(const struct od_config *config, enum store_question question,
                         const char *const *values, char **json, struct error *error) {
  return is_said(values[0], "kind", error) && is_said(values[1], "script", error) &&
         ask(config, question, values, json, error);
}

char *od_list_versions(const struct od_config *config, const char *kind, const char *name,
                       struct od_error *error) {
  struct error wrong;
  const char *const values[] = {kind, name, NULL};
  char *json = NULL;
  if (!ask_versions(config, STORE_LIVES, values, &json, &wrong))
    engine_error(error, &wrong);
  return json;
}

char *od_show_version(const struct od_config *config, const char *kind, const char *name,
                      const char *version, struct od_error *error) {
  struct error wrong;
  const char *wanted = version ? version : "";
  const char *const values[] = {kind, name, wanted, NULL};
  char *json = NULL;
  if (!ask_versions(config, STORE_TEXT, values, &json, &wrong)) {
    engine_error(error, &wrong);
    return NULL;
  }
  json_t *found = json ? json_loads(json, JSON_ALLOW_NUL, NULL) : NULL;
  free(json);
  size_t count = json_array_size(found);
  bool several = *wanted && count > 1;
  if (count == 0)
    error_set(&wrong, "usage", "no version %s%sof the %s '%s' was live", wanted,
              *wanted ? " " : "", kind, name);
  else if (several)
    error_set(&wrong, "usage", "several versions of '%s' begin with %s; say more of it",
              name, wanted);
  json_t *one = several ? NULL : json_incref(json_array_get(found, 0));
  json_decref(found);
  return engine_give(one, &wrong, error);
}

bool od_copy_store(const struct od_config *config, const char *file,
                   struct od_error *error) {
  struct error wrong;
  struct look *look = is_said(file, "file", &wrong) ? open_store(config, &wrong) : NULL;
  bool copied = look && look_copy(look, file, &wrong);
  look_close(look);
  if (!copied) engine_error(error, &wrong);
  return copied;
}

void od_text_free(char *text) {
  free(text);
}
