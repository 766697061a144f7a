#include "cli/bar.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/pool.h"
#include "cli/verdict.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { STRICT, PROVIDER, ULAW, PLOT };

static const struct option own[] = {
    [STRICT] = {"--strict", NULL, "refuse warnings too"},
    [PROVIDER] = {"--provider", "PROVIDER", "refuse what this provider does not take"},
    [ULAW] = {"--ulaw", NULL, "bytes that are nothing else are raw u-law, 8000 Hz"},
    [PLOT] = {"--plot", "OUT.svg", "draw the waveform of one file"},
    {0},
};

struct listening {
  const struct options *options;
  struct od_audio how;
  struct files files;
  struct style style;
  struct bar bar;
  size_t counts[VERDICTS];
};

static int refuse_audio(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "audio", error);
}

/* --- what a provider takes --- */

static const char **texts_of(const json_t *list) {
  size_t count = json_array_size(list);
  const char **texts = calloc(count + 1, sizeof *texts);
  for (size_t i = 0; texts && i < count; i++)
    texts[i] = json_string_value(json_array_get(list, i));
  return texts;
}

/* The types stay in *declared, which the caller decrefs; without any, everything will
 * do. */
static bool read_types(struct listening *listening, const char *provider,
                       json_t **declared, struct od_error *error) {
  struct od_config config = options_config(listening->options);
  char *text = od_show_script(&config, "provider", provider, error);
  if (!text) return false;
  *declared = json_loads(text, 0, NULL);
  od_text_free(text);
  const json_t *accepts = json_object_get(*declared, "accepts");
  const json_t *types = json_object_get(accepts, "audio");
  if (json_array_size(types) == 0) return true;
  listening->how.accepts = texts_of(types);
  listening->how.taker = provider;
  return listening->how.accepts || command_error(error, "out of memory");
}

/* --- the check --- */

static void *check_one(void *context, size_t number) {
  const struct listening *listening = context;
  return od_audio_check(listening->files.paths[number], &listening->how);
}

static void print_json(const struct listening *listening, size_t number,
                       const char *report) {
  fputs(number > 0 ? "," : "{\"files\":[", stdout);
  fputs(report, stdout);
  if (number + 1 < listening->files.count) return;
  printf("],\"good\":%zu,\"warnings\":%zu,\"refused\":%zu}\n", listening->counts[GOOD],
         listening->counts[WARNING], listening->counts[REFUSED]);
}

static void tell(void *context, size_t number, void *result) {
  struct listening *listening = context;
  char *text = result;
  json_t *report = text ? json_loads(text, 0, NULL) : NULL;
  listening->counts[verdict_of(report)]++;
  bar_hide(&listening->bar);
  if (listening->options->json)
    print_json(listening, number, text ? text : "null");
  else
    verdict_print(listening->files.paths[number], report, &listening->style);
  bar_move(&listening->bar, number + 1, listening->counts[REFUSED]);
  json_decref(report);
  od_text_free(text);
}

static void check_all(struct listening *listening) {
  struct pool_task task = {listening->files.count, check_one, tell, listening};
  if (pool_threads(task.count) > 1) listening->how.threads = 1; /* each on its own */
  bar_start(&listening->bar, stderr, "files", task.count);
  pool_run(&task);
  bar_hide(&listening->bar);
  if (listening->bar.style.live && !listening->options->json)
    verdict_summary(listening->counts, &listening->style);
}

static bool check_names(struct listening *listening, struct od_error *error) {
  const struct options *options = listening->options;
  const char *plot = options->own[PLOT];
  if (!files_find(&listening->files, options->arguments, od_audio_named))
    return command_error(error, "out of memory");
  if (listening->files.count == 0)
    return command_error(error, "there is no audio file in there");
  if (plot && listening->files.count > 1)
    return command_error(error, "--plot takes one file, and these are %zu",
                         listening->files.count);
  check_all(listening);
  bool good = listening->counts[REFUSED] == 0;
  if (!plot || !good) return true;
  return od_audio_plot(listening->files.paths[0], plot, &listening->how, error);
}

static int check(const struct options *options) {
  struct listening listening = {.options = options, .style = style_of(stdout)};
  struct od_error error = {0};
  json_t *declared = NULL;
  const char *provider = options->own[PROVIDER];
  listening.how = (struct od_audio){.size = sizeof listening.how,
                                    .strict = options->own[STRICT] != NULL,
                                    .raw_ulaw = options->own[ULAW] != NULL,
                                    .figures = options->json};
  bool good = (!provider || read_types(&listening, provider, &declared, &error)) &&
              check_names(&listening, &error);
  files_free(&listening.files);
  free((void *)listening.how.accepts);
  json_decref(declared);
  if (!good) return refuse_audio(options, &error);
  return listening.counts[REFUSED] > 0 ? EXIT_FAILED : EXIT_COMPLETED;
}

/* --- the fix --- */

static int fix(const struct options *options) {
  struct od_error error = {0};
  struct od_audio how = {.size = sizeof how, .raw_ulaw = options->own[ULAW] != NULL};
  char *const *names = options->arguments + 1;
  if (options->argument_count != 3)
    command_error(&error, "fix takes the file to mend and the file to write");
  else if (od_audio_fix(names[0], names[1], &how, &error)) {
    struct options again = *options;
    again.arguments = (char *[]){names[1], NULL};
    again.argument_count = 1;
    return check(&again);
  }
  return refuse_audio(options, &error);
}

static int start_audio(const struct options *options) {
  struct od_error error;
  if (options->argument_count == 0) {
    command_error(&error, "which files? name files, folders or patterns");
    return refuse_audio(options, &error);
  }
  return strcmp(options->arguments[0], "fix") == 0 ? fix(options) : check(options);
}

const struct command command_audio = {
    .name = "audio",
    .synopsis = "FILE... | fix IN OUT",
    .summary = "check and mend recordings for the phone",
    .help =
        "Tells of each file what it is, whether it is whole, and whether it will sound\n"
        "right on the phone: one line a file. A folder stands for the audio files in "
        "it.\n"
        "Refused is what a service cannot play; a warning is what it plays badly, with\n"
        "the command that mends it.\n\n"
        "fix writes OUT as a phone call wants it: 8000 Hz, one channel, level set, as\n"
        "16-bit WAV or, named .ulaw, as raw u-law. (A file called fix is ./fix.)\n\n"
        "Exit status: 0 all are good, 1 some are refused, 2 usage.\n",
    .options = own,
    .start = start_audio,
    .refuse = refuse_audio,
};
