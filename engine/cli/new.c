#include "cli/command.h"
#include "cli/draft.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/style.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One script to be, and the paths that were written. */
struct writing {
  const struct draft_kind *kind;
  const char *name;
  char *scripts;
  json_t *written; /* [{path, what}] */
};

static int refuse_new(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "new", error);
}

static bool read_arguments(const struct options *options, struct writing *writing,
                           struct od_error *error) {
  if (options->argument_count != 2)
    return command_error(error,
                         "say outdial new flow NAME, or outdial new provider NAME");
  writing->kind = draft_kind_named(options->arguments[0]);
  writing->name = options->arguments[1];
  if (!writing->kind)
    return command_error(error, "a new script is a flow or a provider, not \"%.60s\"",
                         options->arguments[0]);
  return draft_is_name(writing->name) ||
         command_error(error,
                       "\"%.80s\" cannot be a script's name: it has letters, digits, '_' "
                       "and '-', at most 63 of them, and does not end in _spec",
                       writing->name);
}

/* The script and its spec must both be new, before either is written. */
static bool check_free(const struct writing *writing, struct od_error *error) {
  bool free_to_write = true;
  for (const struct draft *draft = writing->kind->files; draft->suffix; draft++) {
    char *path = draft_path(writing->kind, draft, writing->scripts, writing->name);
    if (free_to_write && path && access(path, F_OK) == 0)
      free_to_write = command_error(
          error, "%s is there already, and nothing is overwritten: choose another name",
          path);
    free(path);
  }
  return free_to_write;
}

static void note(struct writing *writing, const struct draft *draft, const char *path) {
  json_array_append_new(writing->written,
                        json_pack("{ss, ss}", "path", path, "what", draft->what));
}

/* What luacheck and editors read may be the operator's own already. */
static bool write_one(struct writing *writing, const struct draft *draft,
                      struct od_error *error) {
  char *path = draft_path(writing->kind, draft, writing->scripts, writing->name);
  bool there = !draft->suffix && path && access(path, F_OK) == 0;
  bool good = there || (path && draft_write(draft, path, writing->name, error));
  if (good && !there) note(writing, draft, path);
  free(path);
  return good;
}

static bool write_all(struct writing *writing, struct od_error *error) {
  for (const struct draft *draft = writing->kind->files; draft->text; draft++)
    if (!write_one(writing, draft, error)) return false;
  return true;
}

static const char *path_of(const json_t *written, size_t i) {
  return json_string_value(json_object_get(json_array_get(written, i), "path"));
}

/* For commands that are to find the script by its name. */
static bool is_usual_folder(const struct writing *writing) {
  struct od_config usual = {.size = sizeof usual};
  char *scripts = od_setting(&usual, "scripts", NULL);
  bool same = scripts && strcmp(scripts, writing->scripts) == 0;
  od_text_free(scripts);
  return same;
}

/* One command to give next. */
static void suggest(const char *command, const char *what, const char *option,
                    const char *scripts) {
  printf("  outdial %s ", command);
  command_print(stdout, what);
  printf("%s", option);
  command_print(stdout, scripts);
  putchar('\n');
}

/* The flow is written for a provider that most folders have. */
static void advise_of_provider(const struct writing *writing) {
  char *path;
  if (asprintf(&path, "%s/providers/routee.lua", writing->scripts) < 0) return;
  if (access(path, R_OK) != 0) {
    printf("\nIts calls go through routee, and there is no ");
    command_print(stdout, path);
    printf(": say who carries them.\n");
  }
  free(path);
}

static void advise(const struct writing *writing) {
  bool usual = is_usual_folder(writing);
  bool flow = strcmp(writing->kind->word, "flow") == 0;
  const char *option = usual ? "" : " --scripts ";
  const char *scripts = usual ? "" : writing->scripts;
  char run[128];
  if (flow)
    snprintf(run, sizeof run, "%s to=+...", writing->name);
  else
    snprintf(run, sizeof run, "FLOW provider=%s to=+... message=...", writing->name);
  printf("\nChange it to what it is to be. Then:\n\n");
  suggest("check", path_of(writing->written, 0), option, scripts);
  suggest("test", path_of(writing->written, 1), option, scripts);
  if (flow) suggest("explore", writing->name, option, scripts);
  suggest("run", run, option, scripts);
  if (flow) advise_of_provider(writing);
  if (access(REFERENCE_PAGE, R_OK) == 0)
    printf("\nWhat scripts can do is in " REFERENCE_PAGE ".\n");
}

static void tell(const struct writing *writing) {
  struct style style = style_of(stdout);
  size_t i;
  json_t *one;
  json_array_foreach (writing->written, i, one) {
    printf("%s%s%s ", style_begin(&style, TONE_GREEN), style_mark(&style, MARK_GOOD),
           style_end(&style, TONE_GREEN));
    command_print(stdout, path_of(writing->written, i));
    printf("%s  %s%s\n", style_begin(&style, TONE_DIM),
           json_string_value(json_object_get(one, "what")), style_end(&style, TONE_DIM));
  }
  advise(writing);
}

static void print_json(const struct writing *writing) {
  json_t *object = json_pack("{sO}", "written", writing->written);
  report_print(object);
  json_decref(object);
}

static int start_new(const struct options *options) {
  struct writing writing = {.written = json_array()};
  struct od_error error = {0};
  struct od_config config = options_config(options);
  bool done = read_arguments(options, &writing, &error);
  if (done) writing.scripts = od_setting(&config, "scripts", &error);
  done = done && writing.scripts && check_free(&writing, &error) &&
         write_all(&writing, &error);
  if (done && options->json)
    print_json(&writing);
  else if (done)
    tell(&writing);
  json_decref(writing.written);
  od_text_free(writing.scripts);
  return done ? EXIT_COMPLETED : refuse_new(options, &error);
}

const struct command command_new = {
    .name = "new",
    .synopsis = "flow|provider NAME",
    .summary = "write a script to begin with, and its spec",
    .help =
        "Writes a flow or a provider that works, with its spec, into the scripts folder\n"
        "(--scripts DIR, or the setting engine.scripts), and beside them what luacheck\n"
        "and editors with LuaLS must know, where that is not there. Nothing is ever\n"
        "overwritten.\n\n"
        "Exit status: 0 written, 1 it could not be, 2 usage or settings, or there is a\n"
        "script of that name.\n",
    .start = start_new,
    .refuse = refuse_new,
};
