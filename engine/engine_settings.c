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

bool engine_settings_read(const struct settings *settings, struct engine_settings *own,
                          struct error *error) {
  json_t *known = json_pack("{sb, sb, sb, sb, sb}", "public_url", 1, "hooks", 1,
                            "control", 1, "store", 1, "scripts", 1);
  bool read = settings_known(settings, "engine", known, error) &&
              settings_read(settings, "engine", "public_url", &own->public_url, error) &&
              settings_read(settings, "engine", "hooks", &own->hooks, error) &&
              settings_read(settings, "engine", "store", &own->store, error) &&
              settings_read(settings, "engine", "scripts", &own->scripts, error);
  json_decref(known);
  if (!read) return false;
  if (!set_default(&own->store, "outdial.db") ||
      !set_default(&own->scripts, default_scripts()))
    return error_set(error, "memory", "out of memory for the settings");
  if (strstr(own->store, "://"))
    return error_set(error, "settings",
                     "engine.store: '%s' is an address of a kind of store that this "
                     "program does not have; give the path of a SQLite file",
                     own->store);
  return true;
}

void engine_settings_free(struct engine_settings *own) {
  free(own->public_url);
  free(own->hooks);
  free(own->store);
  free(own->scripts);
}
