#include "cli/against.h"
#include "cli/command.h"
#include "cli/excerpt.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/style.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { AGAINST };

static const struct option own[] = {
    [AGAINST] = {"--against", "N", "and what the flow would do in its last N runs"},
    {0},
};

struct findings {
  struct style style;
  bool json;
  size_t problems, files; /* files that have problems */
  char last[1024];        /* the latest of them */
  json_t *list;
};

/* Of the script, or of the module that the message begins with. */
static void put_line(const struct style *style, const char *path, int line,
                     const char *message) {
  char module[1024];
  if (line == 0) line = excerpt_place(message, module, sizeof module), path = module;
  char *source = line > 0 ? excerpt_read(path, line) : NULL;
  if (source) excerpt_print(stdout, style, line, source, message);
  free(source);
}

static void print_problem(const struct findings *findings, const char *path, int line,
                          const char *message) {
  const struct style *style = &findings->style;
  fputs(style_begin(style, TONE_BOLD), stdout);
  command_print(stdout, path);
  if (line > 0) printf(":%d", line);
  printf(":%s ", style_end(style, TONE_BOLD));
  command_print(stdout, message);
  putchar('\n');
  put_line(style, path, line, message);
}

static void on_problem(void *context, const char *path, int line, const char *message) {
  struct findings *findings = context;
  findings->problems++;
  if (strcmp(findings->last, path) != 0) findings->files++;
  snprintf(findings->last, sizeof findings->last, "%s", path);
  if (findings->json)
    json_array_append_new(findings->list, json_pack("{s:s, s:i, s:s}", "path", path,
                                                    "line", line, "message", message));
  else
    print_problem(findings, path, line, message);
}

static const char *plural(size_t count) {
  return count == 1 ? "" : "s";
}

static void summarise(const struct findings *findings, size_t checked) {
  const struct style *style = &findings->style;
  bool good = findings->problems == 0;
  enum tone tone = good ? TONE_GREEN : TONE_RED;
  printf("%s%s%s ", style_begin(style, tone),
         style_mark(style, good ? MARK_GOOD : MARK_BAD), style_end(style, tone));
  if (good)
    printf("%zu script%s checked, nothing to complain about\n", checked, plural(checked));
  else
    printf("%zu problem%s in %zu of %zu script%s\n", findings->problems,
           plural(findings->problems), findings->files, checked, plural(checked));
}

static void print_json(const struct findings *findings, size_t checked,
                       const struct od_error *error) {
  json_t *object =
      json_pack("{s:I, s:O}", "checked", (json_int_t)checked, "problems", findings->list);
  json_object_set_new(object, "error", error ? report_error(error) : json_null());
  json_dumpf(object, stdout, JSON_COMPACT);
  putchar('\n');
  json_decref(object);
}

static int refuse_check(const struct options *options, const struct od_error *error) {
  if (options->json) {
    struct findings none = {.list = json_array()};
    print_json(&none, 0, error);
    json_decref(none.list);
  } else
    command_complain("check", error);
  return command_status(error->code);
}

/* Prints what was found, unless that is nothing and more is to follow. */
static void print_findings(const struct findings *findings, size_t checked, bool more) {
  if (more && findings->problems == 0) return;
  if (findings->json)
    print_json(findings, checked, NULL);
  else
    summarise(findings, checked);
}

/* Problems first: a script that has some would not go live. */
static int check_all(const struct options *options, unsigned runs,
                     struct od_error *error) {
  struct findings findings = {
      .style = style_of(stdout), .json = options->json, .list = json_array()};
  struct od_config config = options_config(options);
  config.log = command_remark;
  const char *const *paths =
      options->argument_count > 0 ? (const char *const *)options->arguments : NULL;
  size_t checked = 0;
  bool looked = od_check(&config, paths, on_problem, &findings, &checked, error);
  if (looked) print_findings(&findings, checked, runs > 0);
  int status = looked && findings.problems == 0 ? EXIT_COMPLETED : EXIT_FAILED;
  json_decref(findings.list);
  if (status != EXIT_COMPLETED || runs == 0) return status;
  return against_run(options, options->arguments[0], runs, error);
}

static int start_check(const struct options *options) {
  struct od_error error = {0};
  const char *against = options->own[AGAINST];
  unsigned runs = against ? against_count(against, &error) : 0;
  if (runs > 0 && options->argument_count != 1)
    command_error(&error, "--against takes one flow: the path of its script");
  int status = error.code[0] ? EXIT_FAILED : check_all(options, runs, &error);
  return error.code[0] ? refuse_check(options, &error) : status;
}

const struct command command_check = {
    .name = "check",
    .synopsis = "[PATH...]",
    .summary = "find mistakes in scripts without running them",
    .options = own,
    .help =
        "Finds what is wrong in flows and providers before a call does: syntax, names,\n"
        "options, parameters and settings that are not there, definitions that cannot "
        "be.\n"
        "Given are files or folders; without them all scripts of --scripts are looked "
        "at.\n"
        "Each problem is told as path:line: message, and below it the line.\n\n"
        "--against plays the last runs of the flow that the file is called after again\n"
        "with the script, dry, and tells how many would go as they went and where the\n"
        "others would first differ.\n\n"
        "Exit status: 0 nothing was found, 1 there are problems or runs that differ,\n"
        "2 usage or settings.\n",
    .start = start_check,
    .refuse = refuse_check,
};
