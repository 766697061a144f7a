/* The settings of the engine itself. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Beside the program's working folder first, so that a checkout works as it is. */
static const char *default_scripts(void) {
  return access("scripts/flows", R_OK) == 0 ? "scripts" : OUTDIAL_SCRIPTS;
}

static bool set_default(char **value, const char *text) {
  if (!*value) *value = strdup(text);
  return *value != NULL;
}

/* Where each setting goes. */
static char **place_of(struct engine_settings *own, size_t i, const char **name) {
  struct {
    const char *name;
    char **place;
  } places[] = {
      {"public_url", &own->public_url},
      {"hooks", &own->hooks},
      {"control", &own->control},
      {"control_token", &own->control_token},
      {"keep", &own->keep},
      {"store", &own->store},
      {"scripts", &own->scripts},
  };
  if (i >= sizeof places / sizeof *places) return NULL;
  *name = places[i].name;
  return places[i].place;
}

static bool read_all(const struct settings *settings, struct engine_settings *own,
                     struct error *error) {
  const char *name;
  json_t *known = json_object();
  for (size_t i = 0; place_of(own, i, &name); i++)
    json_object_set_new(known, name, json_true());
  bool read = settings_known(settings, "engine", known, error);
  for (size_t i = 0; read && place_of(own, i, &name); i++)
    read = settings_read(settings, "engine", name, place_of(own, i, &name), error);
  json_decref(known);
  return read;
}

static bool is_address(const char *url) {
  return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

bool engine_settings_read(const struct settings *settings, struct engine_settings *own,
                          struct error *error) {
  if (!read_all(settings, own, error)) return false;
  if (!set_default(&own->store, "outdial.db") ||
      !set_default(&own->scripts, default_scripts()))
    return error_set(error, "memory", "out of memory for the settings");
  if (strstr(own->store, "://"))
    return error_set(error, "settings",
                     "engine.store: '%s' is an address of a kind of store that this "
                     "program does not have; give the path of a SQLite file",
                     own->store);
  if (own->public_url && !is_address(own->public_url))
    return error_set(error, "settings",
                     "engine.public_url must begin with https:// or http://, such as "
                     "https://calls.example.com, not '%s'",
                     own->public_url);
  return true;
}

bool engine_settings_of(const struct od_config *given, struct od_config *config,
                        struct engine_settings *own, struct error *error) {
  if (!engine_config(config, given, error)) return false;
  struct settings *settings = settings_new(config->settings, config->config_file, error);
  bool read = settings && engine_settings_read(settings, own, error);
  settings_free(settings);
  return read;
}

static char *setting_named(struct engine_settings *own, const char *wanted,
                           struct error *error) {
  const char *name;
  for (size_t i = 0; place_of(own, i, &name); i++) {
    if (strcmp(name, wanted) != 0) continue;
    char *value = *place_of(own, i, &name);
    char *copy = value ? strdup(value) : NULL;
    if (!copy) error_set(error, "missing", "engine.%s is not set", name);
    return copy;
  }
  error_set(error, "misuse", "there is no setting engine.%.80s", wanted);
  return NULL;
}

char *od_setting(const struct od_config *given, const char *name,
                 struct od_error *error) {
  struct error wrong;
  struct od_config config;
  struct engine_settings own = {0};
  char *value = NULL;
  if (!name)
    error_set(&wrong, "misuse", "which setting is meant is not said");
  else if (engine_settings_of(given, &config, &own, &wrong))
    value = setting_named(&own, name, &wrong);
  engine_settings_free(&own);
  if (!value) engine_error(error, &wrong);
  return value;
}

void engine_settings_free(struct engine_settings *own) {
  const char *name;
  for (size_t i = 0; place_of(own, i, &name); i++) free(*place_of(own, i, &name));
}
