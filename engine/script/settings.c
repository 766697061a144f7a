#include "script/settings.h"

#include "base/buffer.h"
#include "script/sandbox.h"
#include "script/source.h"
#include "script/value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_LIMIT = 64 << 10 };

struct settings {
  json_t *given; /* {"group.key": "value"} */
  json_t *file;  /* {"group": {"key": value}} */
};

static bool take_given(struct settings *settings, const char *const *given,
                       struct error *error) {
  for (; given && *given; given++) {
    const char *equals = strchr(*given, '=');
    const char *dot = strchr(*given, '.');
    if (!equals || !dot || dot > equals)
      return error_set(error, "settings",
                       "a setting is written group.key=value, not '%s'", *given);
    char key[128];
    snprintf(key, sizeof key, "%.*s", (int)(equals - *given), *given);
    if (json_object_get(settings->given, key)) continue;
    if (json_object_set_new(settings->given, key, json_string(equals + 1)) != 0)
      return error_set(error, "settings", "%s: not UTF-8 text", key);
  }
  return true;
}

/* The file's table as plain values. It runs like a provider script: no files, no network.
 */
static json_t *run_file(struct sandbox *sandbox, const struct source *source,
                        struct error *error) {
  if (!sandbox_load(sandbox, source, error)) return NULL;
  struct buffer text = {0};
  struct error wrong;
  json_error_t place;
  json_t *table = NULL;
  if (!value_encode(sandbox_state(sandbox), -1, &text, &wrong))
    error_set(error, "settings", "%s: %s", source->path, wrong.message);
  else if (!(table = json_loadb(text.data, text.length, JSON_DECODE_ANY | JSON_ALLOW_NUL,
                                &place)))
    error_set(error, "settings", "%s: %s", source->path, place.text);
  lua_pop(sandbox_state(sandbox), 1);
  buffer_free(&text);
  return table;
}

/* Whatever is wrong with the file is wrong with the settings. */
static bool unusable(struct error *error) {
  snprintf(error->code, sizeof error->code, "settings");
  return false;
}

static bool take_file(struct settings *settings, const char *path, struct error *error) {
  if (!path) return true;
  struct source source;
  if (!source_read(path, &source, error)) return unusable(error);
  struct sandbox *sandbox = sandbox_new(&(struct sandbox_plan){.kind = SANDBOX_PROVIDER});
  if (sandbox)
    settings->file = run_file(sandbox, &source, error);
  else
    error_set(error, "memory", "out of memory for %s", path);
  sandbox_free(sandbox);
  source_free(&source);
  if (!settings->file) return unusable(error);
  const char *group;
  json_t *values;
  json_object_foreach (settings->file, group, values)
    if (!json_is_object(values))
      return error_set(error, "settings",
                       "%s: '%s' must be a table of settings, like { key = "
                       "\"value\" }",
                       path, group);
  return json_is_object(settings->file)
             ? true
             : error_set(error, "settings", "%s must return a table of tables", path);
}

struct settings *settings_new(const char *const *given, const char *config_file,
                              struct error *error) {
  struct settings *settings = calloc(1, sizeof *settings);
  if (!settings) goto memory;
  settings->given = json_object();
  if (!settings->given) goto memory;
  bool taken =
      take_given(settings, given, error) && take_file(settings, config_file, error);
  if (taken) return settings;
  settings_free(settings);
  return NULL;
memory:
  settings_free(settings);
  error_set(error, "memory", "out of memory for the settings");
  return NULL;
}

void settings_free(struct settings *settings) {
  if (!settings) return;
  json_decref(settings->given);
  json_decref(settings->file);
  free(settings);
}

static char *read_secret_file(const char *path, struct error *error) {
  FILE *file = fopen(path, "re");
  char *text = file ? calloc(1, SECRET_LIMIT) : NULL;
  size_t length = text ? fread(text, 1, SECRET_LIMIT - 1, file) : 0;
  if (file) fclose(file);
  if (!text) {
    error_set(error, "settings", "cannot read %s, named by an environment variable",
              path);
    return NULL;
  }
  if (length && text[length - 1] == '\n') text[--length] = '\0';
  if (length && text[length - 1] == '\r') text[--length] = '\0';
  return text;
}

/* ASCII's, whatever the locale: a Turkish i would be none of it. */
static char capital(char letter) {
  return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
}

static void environment_name(char *out, size_t size, const char *group, const char *key,
                             const char *suffix) {
  snprintf(out, size, "OUTDIAL_%s_%s%s", group, key, suffix);
  for (char *c = out; *c; c++) *c = isalnum((unsigned char)*c) ? capital(*c) : '_';
}

static char *scalar_text(const json_t *value) {
  if (json_is_string(value)) return strdup(json_string_value(value));
  return value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
}

/* What is given must not seem not to be: another store could be taken for it. */
static bool take_text(const json_t *given, char **value, struct error *error) {
  *value = scalar_text(given);
  return *value || !given || error_set(error, "memory", "out of memory for the settings");
}

bool settings_read(const struct settings *settings, const char *group, const char *key,
                   char **value, struct error *error) {
  char name[160];
  snprintf(name, sizeof name, "%s.%s", group, key);
  const json_t *given = json_object_get(settings->given, name);
  if (given) return take_text(given, value, error);
  environment_name(name, sizeof name, group, key, "");
  const char *set = getenv(name);
  if (set) return (*value = strdup(set)) != NULL;
  environment_name(name, sizeof name, group, key, "_FILE");
  set = getenv(name);
  if (set) return (*value = read_secret_file(set, error)) != NULL;
  given = json_object_get(json_object_get(settings->file, group), key);
  return take_text(given, value, error);
}

static bool refuse(const char *group, const char *key, const json_t *known,
                   struct error *error) {
  char *names = settings_names(known);
  error_set(error, "settings", "%s has no setting '%s'; it has %s", group, key,
            names ? names : "others");
  free(names);
  return false;
}

bool settings_known(const struct settings *settings, const char *group,
                    const json_t *known, struct error *error) {
  const char *name;
  json_t *value;
  size_t length = strlen(group);
  json_object_foreach (settings->given, name, value) {
    bool ours = strncmp(name, group, length) == 0 && name[length] == '.';
    if (ours && !json_object_get(known, name + length + 1))
      return refuse(group, name + length + 1, known, error);
  }
  json_t *section = json_object_get(settings->file, group);
  json_object_foreach (section, name, value)
    if (!json_object_get(known, name)) return refuse(group, name, known, error);
  return true;
}

char *settings_names(const json_t *known) {
  struct buffer names = {0};
  const char *name;
  json_t *value;
  json_object_foreach ((json_t *)known, name, value)
    buffer_printf(&names, "%s%s", names.length ? ", " : "", name);
  return names.data;
}
