/* The public functions that look into a store from outside of an engine. */
#include "store/look.h"

#include "engine.h"
#include "run/story.h"

#include <stdio.h>
#include <stdlib.h>

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 1000 };

/* Opens the store that the settings name. NULL with *error. */
static struct look *open_store(const struct od_config *config, struct error *error) {
  struct engine_settings own = {0};
  struct look *look = NULL;
  struct settings *settings = settings_new(config->settings, config->config_file, error);
  if (settings && engine_settings_read(settings, &own, error))
    look = look_open(own.store, error);
  engine_settings_free(&own);
  settings_free(settings);
  return look;
}

/* *json as look_ask. */
static bool ask(const struct od_config *config, enum store_question question,
                const char *const *values, char **json, struct od_error *error) {
  struct error wrong;
  struct look *look = open_store(config, &wrong);
  bool answered = look && look_ask(look, question, values, json, &wrong);
  look_close(look);
  if (!answered) engine_error(error, &wrong);
  return answered;
}

char *od_list_runs(const struct od_config *config, const struct od_filter *filter,
                   struct od_error *error) {
  char count[16], *json = NULL;
  unsigned limit = filter->limit ? filter->limit : LIMIT_DEFAULT;
  snprintf(count, sizeof count, "%u", limit < LIMIT_MOST ? limit : LIMIT_MOST);
  const char *const values[] = {filter->state ? filter->state : "",
                                filter->flow ? filter->flow : "", count,
                                filter->before ? filter->before : "", NULL};
  ask(config, STORE_RUNS, values, &json, error);
  return json;
}

char *od_show_run(const struct od_config *config, const char *run,
                  struct od_error *error) {
  struct error wrong;
  const char *const values[] = {run, NULL};
  char *json = NULL;
  if (!ask(config, STORE_RUN, values, &json, error)) return NULL;
  json_t *saved = json ? json_loads(json, 0, NULL) : NULL;
  json_t *story = saved ? story_of(saved) : NULL;
  char *text = story ? json_dumps(story, JSON_COMPACT) : NULL;
  if (!json)
    error_set(&wrong, "usage", "there is no run %s in this store; see outdial runs", run);
  else if (!text)
    error_set(&wrong, "memory", "out of memory for run %s", run);
  if (!text) engine_error(error, &wrong);
  json_decref(story);
  json_decref(saved);
  free(json);
  return text;
}

bool od_copy_store(const struct od_config *config, const char *file,
                   struct od_error *error) {
  struct error wrong;
  struct look *look = open_store(config, &wrong);
  bool copied = look && look_copy(look, file, &wrong);
  look_close(look);
  if (!copied) engine_error(error, &wrong);
  return copied;
}

void od_text_free(char *text) {
  free(text);
}
