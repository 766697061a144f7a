#include "cli/command.h"
#include "cli/demand.h"
#include "cli/options.h"
#include "cli/parameters.h"
#include "cli/phrase.h"
#include "cli/report.h"

#include <stdlib.h>
#include <string.h>

enum { KEY };

static const struct option own[] = {
    [KEY] = {"--key", "KEY", "start it once, however often this is said"},
    {0},
};

static int refuse_call(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "call", error);
}

/* {"flow", "params"} as text, to be freed; NULL with *error. */
static char *make_body(const struct options *options, struct od_error *error) {
  if (options->argument_count == 0) {
    command_error(error, "name the flow to start, as it stands in the scripts folder");
    return NULL;
  }
  json_t *params =
      parameters_read(options->arguments + 1, options->argument_count - 1, error);
  json_t *body =
      params ? json_pack("{s:s, s:o}", "flow", options->arguments[0], "params", params)
             : NULL;
  char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
  if (params && !text) command_error(error, "the flow's name is not text");
  json_decref(body);
  return text;
}

static void advise(struct od_error *error) {
  if (strcmp(error->code, "unreachable") != 0) return;
  snprintf(error->message, sizeof error->message,
           "no engine serves this store; start outdial serve, or use outdial run");
}

static int start_call(const struct options *options) {
  struct od_error error = {0};
  char *body = make_body(options, &error);
  if (!body) return refuse_call(options, &error);
  json_t *answer = demand(options,
                          &(struct od_demand){.size = sizeof(struct od_demand),
                                              .method = "POST",
                                              .path = "/runs",
                                              .body = body,
                                              .key = options->own[KEY]},
                          &error);
  free(body);
  advise(&error);
  if (!answer) return refuse_call(options, &error);
  if (options->json)
    report_print(answer);
  else
    printf("%s\n", phrase_text(answer, "run"));
  json_decref(answer);
  return EXIT_COMPLETED;
}

const struct command command_call = {
    .name = "call",
    .synopsis = "FLOW [name=value ...]",
    .summary = "start a run in the engine that serves",
    .help =
        "Starts a run of a flow in the engine that serves the store (outdial serve), "
        "and\n"
        "prints its id. Parameters are given as to outdial run. With --key the first "
        "run\n"
        "under that key is the only one: a repeat prints its id again, and a repeat "
        "that\n"
        "asks for something else is refused.\n\n"
        "Exit status: 0 started, 1 no engine serves, or it failed, 2 usage or "
        "settings.\n",
    .options = own,
    .acts = true,
    .start = start_call,
    .refuse = refuse_call,
};
