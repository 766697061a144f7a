/* The public functions that tell what scripts there are and what they declare. */
#include "bind/bind.h"
#include "engine.h"
#include "script/script.h"

#include <stdlib.h>
#include <string.h>

/* The scripts that a host's config names. NULL with *error. */
static struct shelf *open_shelf(const struct od_config *given, struct error *error) {
  struct od_config config;
  struct engine_settings own = {0};
  struct shelf *shelf = NULL;
  if (engine_settings_of(given, &config, &own, error))
    shelf = engine_shelf(&config, own.scripts, error);
  engine_settings_free(&own);
  return shelf;
}

json_t *engine_names(char **names) {
  json_t *list = json_array();
  for (char **name = names; name && *name; name++)
    json_array_append_new(list, json_string(*name));
  source_list_free(names);
  return list;
}

char *od_list_scripts(const struct od_config *config, struct od_error *error) {
  struct error wrong;
  struct shelf *shelf = open_shelf(config, &wrong);
  json_t *names = NULL;
  if (shelf)
    names = json_pack("{s:o, s:o}", "flows", engine_names(shelf_list(shelf, SOURCE_FLOW)),
                      "providers", engine_names(shelf_list(shelf, SOURCE_PROVIDER)));
  if (shelf && !names)
    error_set(&wrong, "memory", "out of memory for the scripts' names");
  shelf_free(shelf);
  return engine_give(names, &wrong, error);
}

/* Without settings or anything to work with: nothing of it will run. */
static json_t *declaration_of(struct shelf *shelf, const struct source *source,
                              enum source_kind kind, struct error *error) {
  bool flow = kind == SOURCE_FLOW;
  struct bind_parts parts = {0};
  struct script_plan plan = {.limits = {.kind = flow ? SANDBOX_FLOW : SANDBOX_PROVIDER},
                             .ready = flow ? bind_flow : bind_provider,
                             .ready_context = &parts,
                             .find = engine_find_module,
                             .find_context = shelf};
  struct script *script = script_load(&plan, source, error);
  if (!script) return NULL;
  json_t *object = json_pack("{s:s, s:s, s:s}", "name", source->name, "path",
                             source->path, "version", source->hash);
  bool whole = json_object_update(object, (json_t *)script_description(script)) == 0;
  script_free(script);
  if (whole) return object;
  json_decref(object);
  return error_set(error, "memory", "out of memory for what a script declares"), NULL;
}

static bool read_kind(const char *word, const char *name, enum source_kind *kind,
                      struct error *error) {
  if (!word || !name)
    return error_set(error, "misuse", "od_show_script needs a kind and a name");
  *kind = strcmp(word, "flow") == 0 ? SOURCE_FLOW : SOURCE_PROVIDER;
  return *kind == SOURCE_FLOW || strcmp(word, "provider") == 0 ||
         error_set(error, "misuse", "a script is a flow or a provider, not a %.40s",
                   word);
}

char *od_show_script(const struct od_config *config, const char *kind_word,
                     const char *name, struct od_error *error) {
  struct error wrong;
  struct source source = {0};
  enum source_kind kind = SOURCE_FLOW;
  json_t *declaration = NULL;
  struct shelf *shelf = NULL;
  if (read_kind(kind_word, name, &kind, &wrong)) shelf = open_shelf(config, &wrong);
  if (shelf && shelf_find(shelf, kind, name, &source, &wrong))
    declaration = declaration_of(shelf, &source, kind, &wrong);
  if (shelf && !declaration && strcmp(wrong.code, "missing") == 0)
    strcpy(wrong.code, "usage");
  source_free(&source);
  shelf_free(shelf);
  return engine_give(declaration, &wrong, error);
}
