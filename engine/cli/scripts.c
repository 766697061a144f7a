#include "cli/age.h"
#include "cli/command.h"
#include "cli/diff.h"
#include "cli/history.h"
#include "cli/options.h"
#include "cli/phrase.h"
#include "cli/report.h"
#include "cli/rollback.h"
#include "cli/standings.h"
#include "cli/style.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int refuse_scripts(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "scripts", error);
}

/* --- list --- */

static int list(const struct options *options, struct od_error *error) {
  json_t *standings = standings_read(options, error);
  if (!standings) return EXIT_FAILED;
  if (options->json)
    report_print(standings);
  else
    standings_print(standings);
  json_decref(standings);
  return EXIT_COMPLETED;
}

/* --- history --- */

static void put_moment(int64_t wall_ms) {
  char text[32];
  time_t seconds = (time_t)(wall_ms / 1000);
  struct tm local;
  if (!localtime_r(&seconds, &local)) return;
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  printf("%-19s", text);
}

static void put_version(const struct style *style, const json_t *version, bool newest) {
  const char *name;
  json_t *hash;
  int64_t runs = json_integer_value(json_object_get(version, "runs"));
  enum tone tone = newest ? TONE_BOLD : TONE_PLAIN;
  printf("%s%.12s%s  ", style_begin(style, tone), phrase_text(version, "version"),
         style_end(style, tone));
  put_moment(json_integer_value(json_object_get(version, "since")));
  printf("  %4d", (int)runs);
  json_object_foreach (json_object_get(version, "manifest"), name, hash)
    printf("  lib/%s@%.12s", name, json_string_value(hash));
  putchar('\n');
}

static int tell_history(const struct history *history, const struct options *options,
                        struct od_error *error) {
  (void)error;
  struct style style = style_of(stdout);
  size_t i;
  json_t *version;
  if (options->json) {
    json_t *object = json_pack("{ss, ss, sO}", "kind", history->kind, "name",
                               history->name, "versions", history->versions);
    report_print(object);
    json_decref(object);
    return EXIT_COMPLETED;
  }
  if (json_array_size(history->versions) == 0) {
    puts("no version of it was live yet");
    return EXIT_COMPLETED;
  }
  printf("%s%-12s  %-19s  runs  with%s\n", style_begin(&style, TONE_DIM), "version",
         "live since", style_end(&style, TONE_DIM));
  json_array_foreach (history->versions, i, version) put_version(&style, version, i == 0);
  return EXIT_COMPLETED;
}

/* --- diff --- */

static void label(char *out, size_t size, const struct history *history,
                  const json_t *version) {
  snprintf(out, size, "%s/%s.lua@%.12s", history->folder, history->name,
           phrase_text(version, "version"));
}

static int diff(const struct history *history, const struct options *options,
                struct od_error *error) {
  const char *second = options->argument_count > 2 ? options->arguments[2] : NULL;
  char left[128], right[128];
  json_t *from = history_version(history, options, history->version, error), *to = NULL;
  if (second && *second != '@')
    command_error(error, "the second version is written with an '@'");
  else if (from && second)
    to = history_version(history, options, second + 1, error);
  else if (from && !history->text)
    command_error(error, "%s is not there; say a second version", history->path);
  bool both = from && (second ? to != NULL : history->text != NULL);
  bool differ = false;
  if (both) {
    label(left, sizeof left, history, from);
    label(right, sizeof right, history, to);
    differ = diff_print(
        stdout, &(struct diff_text){left, phrase_text(from, "source")},
        &(struct diff_text){second ? right : history->path,
                            second ? phrase_text(to, "source") : history->text});
  }
  json_decref(from);
  json_decref(to);
  if (!both) return command_status(error->code);
  return differ ? EXIT_FAILED : EXIT_COMPLETED;
}

/* --- the command --- */

typedef int (*what_fn)(const struct history *history, const struct options *options,
                       struct od_error *error);

static what_fn find_what(const char *word, size_t *most) {
  static const struct {
    const char *word;
    what_fn what;
    size_t most; /* arguments, itself included */
  } all[] = {{"history", tell_history, 2}, {"diff", diff, 3}, {"rollback", rollback, 2}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    if (strcmp(all[i].word, word) != 0) continue;
    *most = all[i].most;
    return all[i].what;
  }
  return NULL;
}

static int start_scripts(const struct options *options) {
  struct od_error error = {0};
  struct history history = {0};
  size_t most = 0, count = options->argument_count;
  what_fn what = count ? find_what(options->arguments[0], &most) : NULL;
  int status = EXIT_USAGE;
  if (count == 0)
    status = list(options, &error);
  else if (!what || count < 2 || count > most)
    command_error(&error,
                  "say outdial scripts, or scripts diff NAME[@VERSION] "
                  "[@VERSION], scripts history NAME, scripts rollback "
                  "NAME[@VERSION]");
  else if (history_read(&history, options, options->arguments[1], &error))
    status = what(&history, options, &error);
  history_free(&history);
  return error.code[0] && status != EXIT_COMPLETED ? refuse_scripts(options, &error)
                                                   : status;
}

const struct command command_scripts = {
    .name = "scripts",
    .synopsis = "[diff|history|rollback NAME]",
    .summary = "what is live, and the way back",
    .help =
        "Lists the scripts of the engine that serves: which version new runs use, how\n"
        "many runs are under way with which, and why a file is not live.\n\n"
        "  history NAME                    the versions that were live\n"
        "  diff NAME[@VERSION] [@VERSION]  what has changed: from the newest that was\n"
        "                                  live, or the one named, to the file as it "
        "is,\n"
        "                                  or to the second one\n"
        "  rollback NAME[@VERSION]         puts a version back into the file: the last\n"
        "                                  good one, or if the file is that, the one\n"
        "                                  before, or the one named\n\n"
        "NAME is that of a flow, a provider or a module; flows/pin or lib/pin where\n"
        "there are several. VERSION is its beginning.\n\n"
        "Exit status: 0 done, 1 it failed or diff has found a difference, 2 usage or\n"
        "settings.\n",
    .start = start_scripts,
    .refuse = refuse_scripts,
};
