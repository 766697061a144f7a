/* outdial cancel and outdial resolve: by the engine that serves the store, or here when
 * none does. */
#include "cli/command.h"
#include "cli/demand.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/report.h"

#include <ctype.h>
#include <string.h>

/* How long requests that the decision brought about may take here. */
static const double patience = 30; /* seconds */

struct decision {
  const struct options *options;
  const char *run;
  bool resolve, placed; /* or else: cancel */
  bool done;
  struct od_error error;
};

static int refuse_cancel(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "cancel", error);
}

static int refuse_resolve(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "resolve", error);
}

/* --- by the engine that serves the store --- */

static bool ask_engine(struct decision *decision) {
  char path[64];
  snprintf(path, sizeof path, "/runs/%s/%s", decision->run,
           decision->resolve ? "resolve" : "cancel");
  json_t *answer =
      demand(decision->options,
             &(struct od_demand){.size = sizeof(struct od_demand),
                                 .method = "POST",
                                 .path = path,
                                 .body = decision->placed ? "{\"placed\":true}"
                                                          : "{\"placed\":false}"},
             &decision->error);
  json_decref(answer);
  return answer != NULL;
}

/* --- here --- */

static void decided(void *context, const struct od_error *error) {
  struct decision *decision = context;
  struct od_error *wrong = &decision->error;
  decision->done = !error;
  if (!error) return;
  *wrong = *error; /* in the words of the control API */
  if (strcmp(wrong->code, "usage") == 0) strcpy(wrong->code, "conflict");
  if (strcmp(wrong->code, "missing") == 0) strcpy(wrong->code, "usage");
}

static void run_until_decided(struct od_engine *engine) {
  interrupt_catch(engine);
  od_engine_loop(engine, NULL);
  od_engine_drain(engine, patience, NULL);
  interrupt_release();
}

static bool decide_here(struct decision *decision) {
  struct od_config config = options_config(decision->options);
  config.log = command_remark;
  struct od_engine *engine = od_engine_new(&config, &decision->error);
  if (!engine) return false;
  const char *run = decision->run;
  bool asked = decision->resolve
                   ? od_run_resolve(engine, run, decision->placed, decided, decision,
                                    &decision->error)
                   : od_run_cancel(engine, run, decided, decision, &decision->error);
  if (asked) run_until_decided(engine);
  od_engine_free(engine);
  return decision->done;
}

static bool decide(struct decision *decision) {
  if (ask_engine(decision)) return true;
  return strcmp(decision->error.code, "unreachable") == 0 && decide_here(decision);
}

/* --- the commands --- */

static bool is_run(const char *text) {
  size_t length = text ? strlen(text) : 0;
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)text[i])) return false;
  return length > 0 && length < OD_RUN_SIZE;
}

static int finish(const struct options *options, const struct decision *decision,
                  const char *what) {
  if (options->json) {
    json_t *object = json_pack("{s:s}", "run", decision->run);
    report_print(object);
    json_decref(object);
  } else
    printf("run %s %s\n", decision->run, what);
  return EXIT_COMPLETED;
}

static int start_cancel(const struct options *options) {
  struct decision decision = {.options = options, .run = options->arguments[0]};
  if (options->argument_count != 1 || !is_run(decision.run)) {
    command_error(&decision.error, "name one run: its id, as outdial runs lists them");
    return refuse_cancel(options, &decision.error);
  }
  if (!decide(&decision)) return refuse_cancel(options, &decision.error);
  return finish(options, &decision, "is canceled");
}

static int start_resolve(const struct options *options) {
  struct decision decision = {
      .options = options, .run = options->arguments[0], .resolve = true};
  const char *word = options->argument_count == 2 ? options->arguments[1] : "";
  decision.placed = strcmp(word, "placed") == 0;
  if ((!decision.placed && strcmp(word, "not-placed") != 0) || !is_run(decision.run)) {
    command_error(&decision.error,
                  "say which run, and what is known: outdial resolve RUN placed, or "
                  "not-placed");
    return refuse_resolve(options, &decision.error);
  }
  if (!decide(&decision)) return refuse_resolve(options, &decision.error);
  return finish(options, &decision, "goes on with that");
}

const struct command command_cancel = {
    .name = "cancel",
    .synopsis = "RUN",
    .summary = "end a run, hanging up where the provider can",
    .help =
        "Ends a run that has not ended. Its calls are hung up where their provider can\n"
        "do that; the others are let go of. The engine that serves the store does it, "
        "or\n"
        "this command itself when none does.\n\n"
        "Exit status: 0 done, 1 failed, or the run has ended already, 2 usage or\n"
        "settings, or there is no such run.\n",
    .acts = true,
    .start = start_cancel,
    .refuse = refuse_cancel,
};

const struct command command_resolve = {
    .name = "resolve",
    .synopsis = "RUN placed|not-placed",
    .summary = "say whether an unknown call was placed",
    .help =
        "For a run whose state is unknown: nobody but a person can find out whether its\n"
        "call was placed, and it is not placed again. Look at the provider's console,\n"
        "then say what you found; the run goes on with that.\n\n"
        "Exit status: 0 done, 1 failed, or the run is not unknown, 2 usage or settings,\n"
        "or there is no such run.\n",
    .acts = true,
    .start = start_resolve,
    .refuse = refuse_resolve,
};
