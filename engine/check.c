/* Checks scripts without running them: syntax, globals, options, definition. */
#include "bind/bind.h"
#include "engine.h"
#include "script/globals.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct checker {
  od_problem_fn problem;
  void *context;
  size_t *checked;
  struct bind_parts parts; /* empty: nothing runs */
  struct script *texts;    /* lua/outdial/check.lua, loaded */
  const char *path;        /* of the script under check */
  struct sandbox *scratch; /* whose globals are the known ones */
  const char *scripts;     /* the folder of modules */
};

static void report(struct checker *checker, int line, const char *message) {
  checker->problem(checker->context, checker->path, line, message);
}

/* "file:12: sentence" as line 12 and its sentence. */
static void report_error(struct checker *checker, const struct error *error) {
  const char *message = error->message;
  size_t length = strlen(checker->path);
  int line = 0;
  if (strncmp(message, checker->path, length) == 0 && message[length] == ':') {
    char *end;
    line = (int)strtol(message + length + 1, &end, 10);
    while (*end == ':' || *end == ' ') end++;
    message = end;
  }
  report(checker, line, message);
}

/* --- globals --- */

static int read_global(lua_State *L) {
  lua_pushglobaltable(L);
  lua_pushstring(L, lua_touserdata(L, 1));
  lua_rawget(L, -2);
  lua_pushboolean(L, !lua_isnil(L, -1));
  return 1;
}

static bool is_global(struct checker *checker, const char *name) {
  lua_State *L = sandbox_state(checker->scratch);
  lua_pushcfunction(L, read_global);
  lua_pushlightuserdata(L, (void *)name);
  if (!sandbox_call(checker->scratch, 1, 1, NULL)) return false;
  bool known = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return known;
}

static void found_global(void *context, const char *name, int line, bool written) {
  struct checker *checker = context;
  char message[256];
  if (written)
    snprintf(message, sizeof message, "'%s' is set as a global; make it local", name);
  else if (!is_global(checker, name))
    snprintf(message, sizeof message, "there is no global '%s' in a script", name);
  else
    return;
  report(checker, line, message);
}

/* --- one script --- */

static void check_options(struct checker *checker, const struct source *source) {
  json_t *text = json_stringn(source->text, source->length);
  json_t *values =
      text ? script_call(checker->texts, "problems", json_pack("[o]", text), NULL) : NULL;
  size_t i;
  json_t *problem;
  json_array_foreach (json_array_get(values, 0), i, problem) {
    report(checker, (int)json_integer_value(json_array_get(problem, 0)),
           json_string_value(json_array_get(problem, 1)));
  }
  json_decref(values);
}

static void check_help(struct checker *checker, const struct script *script) {
  const char *name;
  json_t *rule;
  json_object_foreach (json_object_get(script_description(script), "params"), name,
                       rule) {
    char message[128];
    snprintf(message, sizeof message, "param '%s' has no help: say what it is for", name);
    bool clear = json_object_get(rule, "help") || json_object_get(rule, "default");
    if (!clear) report(checker, 0, message);
  }
}

static bool find_module(void *context, const char *name, struct source *source,
                        struct error *error) {
  struct checker *checker = context;
  return source_find(checker->scripts, SOURCE_MODULE, name, source, error);
}

static void check_definition(struct checker *checker, const struct source *source,
                             bool provider) {
  struct error error;
  struct script_plan plan = {
      .limits = {.kind = provider ? SANDBOX_PROVIDER : SANDBOX_FLOW},
      .ready = provider ? bind_provider : bind_flow,
      .ready_context = &checker->parts,
      .find = find_module,
      .find_context = checker,
  };
  struct script *script = script_load(&plan, source, &error);
  if (!script) {
    report_error(checker, &error);
    return;
  }
  if (!provider) check_help(checker, script);
  script_free(script);
}

/* A file in a folder named providers, or one that says so, is a provider; in lib, a
 * module without a definition. */
static bool is_kind(const struct source *source, const char *folder, const char *call) {
  char part[32];
  snprintf(part, sizeof part, "%s/", folder);
  if (strstr(source->path, part)) return true;
  return call && memmem(source->text, source->length, call, strlen(call)) != NULL &&
         !strstr(source->path, "flows/");
}

static void check_source(struct checker *checker, const struct source *source) {
  struct error error;
  bool provider = is_kind(source, "providers", "outdial.provider");
  checker->path = source->path;
  checker->scratch = sandbox_new(
      &(struct sandbox_plan){.kind = provider ? SANDBOX_PROVIDER : SANDBOX_FLOW});
  if (!checker->scratch) {
    report(checker, 0, "out of memory");
  } else if (!globals_scan(source, found_global, checker, &error)) {
    report_error(checker, &error);
  } else {
    check_options(checker, source);
    if (!is_kind(source, "lib", NULL)) check_definition(checker, source, provider);
  }
  sandbox_free(checker->scratch);
}

/* --- files and folders --- */

static void check_path(struct checker *checker, const char *path);

static int is_script(const struct dirent *entry) {
  size_t length = strlen(entry->d_name);
  if (entry->d_name[0] == '.') return 0;
  return entry->d_type == DT_DIR ||
         (length > 4 && strcmp(entry->d_name + length - 4, ".lua") == 0);
}

static bool is_spec(const char *name) {
  size_t length = strlen(name);
  return length > 9 && strcmp(name + length - 9, "_spec.lua") == 0;
}

static void check_folder(struct checker *checker, const char *folder) {
  struct dirent **entries;
  int count = scandir(folder, &entries, is_script, alphasort);
  for (int i = 0; i < count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    if (!is_spec(entries[i]->d_name)) check_path(checker, path);
    free(entries[i]);
  }
  if (count >= 0) free(entries);
}

static void check_path(struct checker *checker, const char *path) {
  struct stat stat_of;
  struct source source;
  struct error error;
  if (stat(path, &stat_of) == 0 && S_ISDIR(stat_of.st_mode)) {
    check_folder(checker, path);
    return;
  }
  ++*checker->checked;
  checker->path = path;
  if (source_read(path, &source, &error)) {
    check_source(checker, &source);
    source_free(&source);
  } else {
    report_error(checker, &error);
  }
}

static struct script *load_texts(struct checker *checker, struct error *error) {
  static const char text[] = "return require 'outdial.check'";
  struct source source = {
      .name = "check",
      .path = (char *)"outdial/check.lua",
      .text = (char *)text,
      .length = sizeof text - 1,
  };
  struct script_plan plan = {
      .limits = {.kind = SANDBOX_PROVIDER,
                 .instructions = 500000000,
                 .memory = 256 << 20},
      .ready = bind_check,
      .ready_context = &checker->parts,
  };
  return script_load(&plan, &source, error);
}

static bool exists(const char *path, struct error *error) {
  struct stat stat_of;
  return stat(path, &stat_of) == 0 ||
         error_set(error, "usage", "there is no file or folder %s", path);
}

static bool check_all(struct checker *checker, const char *const *paths,
                      const char *scripts, struct error *error) {
  for (const char *const *path = paths; path && *path; path++)
    if (!exists(*path, error)) return false;
  if (!paths && !exists(scripts, error)) return false;
  checker->texts = load_texts(checker, error);
  if (!checker->texts) return false;
  if (!paths) check_path(checker, scripts);
  for (; paths && *paths; paths++) check_path(checker, *paths);
  return true;
}

bool od_check(const struct od_config *given, const char *const *paths,
              od_problem_fn problem, void *context, size_t *checked,
              struct od_error *error) {
  struct error wrong;
  struct od_config config;
  struct engine_settings own = {0};
  struct settings *settings = NULL;
  size_t unused;
  struct checker checker = {
      .problem = problem, .context = context, .checked = checked ? checked : &unused};
  *checker.checked = 0;
  if (!problem)
    error_set(&wrong, "misuse", "od_check needs somebody to tell of problems");
  else if (engine_config(&config, given, &wrong))
    settings = settings_new(config.settings, config.config_file, &wrong);
  bool done = settings && engine_settings_read(settings, &own, &wrong);
  checker.scripts = own.scripts;
  done = done && check_all(&checker, paths, own.scripts, &wrong);
  script_free(checker.texts);
  engine_settings_free(&own);
  settings_free(settings);
  if (!done) engine_error(error, &wrong);
  return done;
}
