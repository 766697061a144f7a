#include "cli/age.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/phrase.h"
#include "cli/style.h"
#include "cli/text.h"

#include <stdlib.h>
#include <string.h>

enum { STATE, FLOW, LIMIT };

static const struct option own[] = {
    [STATE] = {"--state", "STATE", "only those: running, completed, failed, unknown …"},
    [FLOW] = {"--flow", "FLOW", "only runs of this flow"},
    [LIMIT] = {"--limit", "N", "at most so many, the newest; 50"},
    {0},
};

static int refuse_runs(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "runs", error);
}

static bool is_state(const char *word) {
  for (const char *const *state = phrase_states; *state; state++)
    if (strcmp(*state, word) == 0) return true;
  return false;
}

static bool read_filter(const struct options *options, struct od_filter *filter,
                        struct od_error *error) {
  const char *limit = options->own[LIMIT];
  char *end = NULL;
  *filter = (struct od_filter){.size = sizeof *filter};
  filter->state = options->own[STATE];
  filter->flow = options->own[FLOW];
  if (filter->state && !is_state(filter->state))
    return command_error(error,
                         "--state is running, completed, failed, canceled, unknown or "
                         "parked, not \"%.80s\"",
                         filter->state);
  if (options->argument_count > 0)
    return command_error(error, "runs takes no arguments; outdial show RUN shows one");
  long number = limit ? strtol(limit, &end, 10) : 50;
  if (number < 1 || number > 1000 || (end && (end == limit || *end)))
    return command_error(error, "--limit is a number from 1 to 1000");
  filter->limit = (unsigned)number;
  return true;
}

/* What a pending op waits for, as a person would say it. */
static const char *words_for(const char *op) {
  static const char *const ops[][2] = {
      {"place", "the provider to take the call"},
      {"detach", "the provider to take the call"},
      {"collect", "digits"},
      {"wait", "the call to end"},
      {"sleep", "the time to come"},
      {"http", "an answer"},
      {"audio", "the audio file to be checked"},
  };
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    if (strcmp(ops[i][0], op) == 0) return ops[i][1];
  return op;
}

static int64_t moment_of(const json_t *object, const char *key) {
  return json_integer_value(json_object_get(object, key));
}

/* "digits since 8 s, line 19": what it waits for, or how it ended. */
static void put_particulars(FILE *out, const json_t *run, int64_t now) {
  const json_t *waiting = json_object_get(run, "waiting");
  const char *state = phrase_text(run, "state");
  char age[AGE_SIZE];
  if (strcmp(state, "unknown") == 0 || strcmp(state, "parked") == 0) {
    fprintf(out, "a person (%s)", phrase_text(json_object_get(run, "error"), "code"));
  } else if (json_is_object(waiting)) {
    age_write(age, moment_of(waiting, "since"), now);
    fprintf(out, "%s since %s, line %d", words_for(phrase_text(waiting, "op")), age,
            (int)moment_of(waiting, "line"));
  } else if (strcmp(state, "running") == 0) {
    age_write(age, moment_of(json_object_get(run, "call"), "since"), now);
    fprintf(out, "the call to end since %s", age);
  } else {
    phrase_words(out, phrase_text(json_object_get(run, "error"), "code"));
  }
}

static void put_column(const char *text, int width, const struct style *style) {
  char *clean = text_clean(text, style->unicode);
  int columns = clean ? (int)text_columns(clean) : 0;
  printf("%s%*s", clean ? clean : "", width > columns ? width - columns + 2 : 2, "");
  free(clean);
}

static void put_run(const json_t *run, int flow_width, int64_t now,
                    const struct style *style) {
  char age[AGE_SIZE], *particulars = NULL;
  size_t size;
  FILE *out = open_memstream(&particulars, &size);
  if (!out) return;
  put_particulars(out, run, now);
  fclose(out);
  age_write(age, moment_of(run, "created"), now);
  put_column(phrase_text(run, "run"), OD_RUN_SIZE - 1, style);
  put_column(phrase_text(run, "flow"), flow_width, style);
  put_column(phrase_text(run, "state"), 9, style);
  put_column(age, 6, style);
  command_print(stdout, particulars ? particulars : "");
  putchar('\n');
  free(particulars);
}

static void print_table(const json_t *runs) {
  struct style style = style_of(stdout);
  int64_t now = age_now();
  int width = 4;
  size_t i;
  json_t *run;
  json_array_foreach (runs, i, run) {
    int columns = (int)text_columns(phrase_text(run, "flow"));
    if (columns > width) width = columns;
  }
  if (i == 0) {
    puts("no runs");
    return;
  }
  printf("%s%-12s  %-*s  %-9s  %-6s  %s%s\n", style_begin(&style, TONE_DIM), "run", width,
         "flow", "state", "began", "waits for", style_end(&style, TONE_DIM));
  json_array_foreach (runs, i, run) put_run(run, width, now, &style);
}

static int start_runs(const struct options *options) {
  struct od_filter filter;
  struct od_error error = {0};
  struct od_config config = options_config(options);
  if (!read_filter(options, &filter, &error)) return refuse_runs(options, &error);
  char *text = od_list_runs(&config, &filter, &error);
  json_t *runs = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
  if (!text) return refuse_runs(options, &error);
  if (options->json)
    printf("{\"runs\":%s}\n", text);
  else
    print_table(runs);
  json_decref(runs);
  od_text_free(text);
  return EXIT_COMPLETED;
}

const struct command command_runs = {
    .name = "runs",
    .synopsis = "",
    .summary = "list the runs in the store, newest first",
    .help =
        "Lists the runs in the store with what each waits for, and since when; also\n"
        "while an engine works on it.\n\n"
        "Exit status: 0 listed, 1 the store cannot be read, 2 usage or settings.\n",
    .options = own,
    .start = start_runs,
    .refuse = refuse_runs,
};
