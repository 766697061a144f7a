#include "cli/command.h"
#include "cli/difference.h"
#include "cli/options.h"
#include "cli/playback.h"
#include "cli/row.h"

#include <jansson.h>
#include <stdlib.h>

enum { WITH };

static const struct option own[] = {
    [WITH] = {"--with", "FLOW", "an edited script, by path or name, to be fed the same"},
    {0},
};

static int refuse_replay(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "replay", error);
}

/* The sources are told line by line. */
static void print_json(json_t *replay, const json_t *difference) {
  json_object_del(replay, "sources");
  json_object_set(replay, "difference", (json_t *)difference);
  json_dumpf(replay, stdout, JSON_COMPACT);
  putchar('\n');
}

static const char *verdict_of(const json_t *replay, const char *with) {
  bool ended = json_is_object(json_object_get(replay, "end"));
  if (!with)
    return ended ? "what the run did" : "what the run did, as far as it has come";
  return ended ? "to the end" : "as far as the run has come";
}

static void print_verdict(const struct style *style, const json_t *replay,
                          const json_t *difference, const char *with) {
  struct row row = {-1, MARK_GOOD, TONE_GREEN, TONE_PLAIN, with ? "the same" : "repeats"};
  if (!json_is_null(difference)) {
    playback_explain(stdout, style, difference);
    return;
  }
  putchar('\n');
  row_write(stdout, style, &row, verdict_of(replay, with));
}

static void print_timelines(const json_t *replay, const json_t *difference,
                            const char *with) {
  struct style style = style_of(stdout);
  if (with || !json_is_null(difference))
    playback_two(stdout, &style, replay, difference, with ? with : "its own script");
  else
    playback_one(stdout, &style, replay);
  print_verdict(&style, replay, difference, with);
}

static int start_replay(const struct options *options) {
  struct od_error error = {0};
  struct od_config config = options_config(options);
  const char *with = options->own[WITH];
  if (options->argument_count != 1) {
    command_error(&error, "name one run: its id, as outdial runs lists them");
    return refuse_replay(options, &error);
  }
  char *text = od_replay_run(&config, options->arguments[0], with, &error);
  if (!text) return refuse_replay(options, &error);
  json_t *replay = json_loads(text, JSON_ALLOW_NUL, NULL);
  json_t *difference = difference_of(replay);
  if (options->json)
    print_json(replay, difference);
  else
    print_timelines(replay, difference, with);
  int status = json_is_null(difference) ? EXIT_COMPLETED : EXIT_FAILED;
  json_decref(difference);
  json_decref(replay);
  od_text_free(text);
  return status;
}

const struct command command_replay = {
    .name = "replay",
    .synopsis = "RUN",
    .summary = "play a run again, dry, or with an edited script",
    .help =
        "Plays a run again from its journal, op by op, with the lines of its script: "
        "what\n"
        "was keyed, the statuses and the answers are those of then. Nothing is sent or\n"
        "written; an engine may work on the store meanwhile.\n\n"
        "--with feeds the same to an edited script and shows both up to the first\n"
        "difference, which it explains. The edited script has the modules of "
        "--scripts.\n\n"
        "Exit status: 0 the same, 1 it differs or the script fails to load, 2 usage or\n"
        "settings, or there is no such run.\n",
    .options = own,
    .start = start_replay,
    .refuse = refuse_replay,
};
