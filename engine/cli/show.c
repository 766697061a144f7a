#include "cli/command.h"
#include "cli/options.h"
#include "cli/timeline.h"

static int refuse_show(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "show", error);
}

static void print_timeline(const json_t *story) {
  struct style style = style_of(stdout);
  struct timeline *timeline = timeline_new(stdout, &style);
  const char *run = json_string_value(json_object_get(story, "run"));
  size_t i;
  json_t *event;
  json_array_foreach (json_object_get(story, "events"), i, event)
    if (timeline && run) timeline_event(timeline, run, event);
  const char *waiting = timeline ? timeline_waiting(timeline) : "";
  if (*waiting) printf("\n%*s%s\n", 12, "", waiting);
  timeline_free(timeline);
}

static int start_show(const struct options *options) {
  struct od_error error = {0};
  struct od_config config = options_config(options);
  if (options->argument_count != 1) {
    command_error(&error, "name one run: its id, as outdial runs lists them");
    return refuse_show(options, &error);
  }
  char *text = od_show_run(&config, options->arguments[0], &error);
  if (!text) return refuse_show(options, &error);
  json_t *story = json_loads(text, JSON_ALLOW_NUL, NULL);
  if (options->json)
    printf("%s\n", text);
  else
    print_timeline(story);
  json_decref(story);
  od_text_free(text);
  return EXIT_COMPLETED;
}

const struct command command_show = {
    .name = "show",
    .synopsis = "RUN",
    .summary = "show all that happened to a run",
    .help =
        "Shows a run from its journal, as outdial run would have shown it; also while "
        "an\n"
        "engine works on it. Keyed digits are not shown.\n\n"
        "Exit status: 0 shown, 1 the store cannot be read, 2 usage or settings, or "
        "there\n"
        "is no such run.\n",
    .start = start_show,
    .refuse = refuse_show,
};
