/* Checks scripts without running them: one by one, or all of a folder. */
#include "checker.h"
#include "engine.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct tour {
  od_problem_fn problem;
  void *context;
  size_t *checked;
  struct checker *checker;
  const char *scripts; /* the folder of modules */
  json_t *providers;   /* the names of those in that folder */
  const char *root;    /* the folder that is gone through; NULL: a file was named */
};

static bool find_module(void *context, const char *name, struct source *source,
                        struct error *error) {
  const struct tour *tour = context;
  return source_find(tour->scripts, SOURCE_MODULE, name, source, error);
}

/* A file in a folder named providers, or one that says so, is a provider; in lib, a
 * module without a definition. */
static enum source_kind kind_of(const struct source *source) {
  static const char call[] = "outdial.provider";
  if (strstr(source->path, "lib/")) return SOURCE_MODULE;
  if (strstr(source->path, "providers/")) return SOURCE_PROVIDER;
  bool says = memmem(source->text, source->length, call, sizeof call - 1) != NULL;
  return says && !strstr(source->path, "flows/") ? SOURCE_PROVIDER : SOURCE_FLOW;
}

/* --- files and folders --- */

static void check_path(struct tour *tour, const char *path);

static bool is_named_script(const char *name) {
  size_t length = strlen(name);
  return length > 4 && strcmp(name + length - 4, ".lua") == 0;
}

static int is_script(const struct dirent *entry) {
  if (entry->d_name[0] == '.') return 0;
  return entry->d_type == DT_DIR || is_named_script(entry->d_name);
}

static bool is_spec(const char *name) {
  size_t length = strlen(name);
  return length > 9 && strcmp(name + length - 9, "_spec.lua") == 0;
}

static void check_folder(struct tour *tour, const char *folder) {
  struct dirent **entries;
  int count = scandir(folder, &entries, is_script, alphasort);
  for (int i = 0; i < count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    if (!is_spec(entries[i]->d_name)) check_path(tour, path);
    free(entries[i]);
  }
  if (count >= 0) free(entries);
}

/* On the way through a folder no link leads out of it, as in an engine that serves. */
static bool read_file(const struct tour *tour, const char *path, struct source *source,
                      struct error *error) {
  if (!tour->root) return source_read(path, source, error);
  return source_read_in(tour->scripts, path, source, NULL) ||
         source_read_in(tour->root, path, source, error);
}

static void check_file(struct tour *tour, const char *path) {
  struct source source;
  struct error error;
  ++*tour->checked;
  if (!read_file(tour, path, &source, &error)) {
    int line;
    const char *sentence = checker_split(error.message, path, &line);
    tour->problem(tour->context, path, line, sentence);
    return;
  }
  checker_examine(tour->checker, &(struct check){.source = &source,
                                                 .kind = kind_of(&source),
                                                 .strict = true,
                                                 .providers = tour->providers,
                                                 .find = find_module,
                                                 .find_context = tour,
                                                 .problem = tour->problem,
                                                 .context = tour->context});
  source_free(&source);
}

static bool is_folder(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* A folder with a script's name is taken for one, and told of. */
static void check_path(struct tour *tour, const char *path) {
  if (is_folder(path) && !is_named_script(path))
    check_folder(tour, path);
  else
    check_file(tour, path);
}

static void begin_at(struct tour *tour, const char *path) {
  tour->root = is_folder(path) ? path : NULL;
  check_path(tour, path);
}

static bool exists(const char *path, struct error *error) {
  struct stat stat_of;
  return stat(path, &stat_of) == 0 ||
         error_set(error, "usage", "there is no file or folder %s", path);
}

static bool check_all(struct tour *tour, const char *const *paths, struct error *error) {
  for (const char *const *path = paths; path && *path; path++)
    if (!exists(*path, error)) return false;
  if (!paths && !exists(tour->scripts, error)) return false;
  tour->checker = checker_new(error);
  if (!tour->checker) return false;
  tour->providers = engine_names(source_list(tour->scripts, SOURCE_PROVIDER));
  if (!paths) begin_at(tour, tour->scripts);
  for (; paths && *paths; paths++) begin_at(tour, *paths);
  json_decref(tour->providers);
  checker_free(tour->checker);
  return true;
}

bool od_check(const struct od_config *given, const char *const *paths,
              od_problem_fn problem, void *context, size_t *checked,
              struct od_error *error) {
  struct error wrong;
  struct od_config config;
  struct engine_settings own = {0};
  size_t unused;
  struct tour tour = {
      .problem = problem, .context = context, .checked = checked ? checked : &unused};
  *tour.checked = 0;
  bool done = problem ? engine_settings_of(given, &config, &own, &wrong)
                      : error_set(&wrong, "misuse",
                                  "od_check needs somebody to tell of problems");
  tour.scripts = own.scripts;
  done = done && check_all(&tour, paths, &wrong);
  engine_settings_free(&own);
  if (!done) engine_error(error, &wrong);
  return done;
}
