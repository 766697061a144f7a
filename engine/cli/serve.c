#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/notify.h"
#include "cli/options.h"

/* How long requests that are under way may take when the service stops. */
static const double patience = 30; /* seconds */

static int refuse_serve(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "serve", error);
}

static void serve(struct od_engine *engine) {
  notify("READY=1");
  od_engine_loop(engine, NULL);
  notify("STOPPING=1");
  od_engine_drain(engine, patience, NULL);
}

static int start_serve(const struct options *options) {
  struct od_error error = {0};
  struct od_config config = options_config(options);
  config.log = command_remark;
  if (options->argument_count > 0) {
    command_error(&error, "serve takes no arguments, only options");
    return refuse_serve(options, &error);
  }
  struct od_engine *engine = od_engine_new(&config, &error);
  if (engine) interrupt_catch(engine); /* before anybody can see that it serves */
  bool serving = engine && od_engine_serve(engine, &error);
  if (serving) serve(engine);
  if (engine) interrupt_release();
  od_engine_free(engine);
  return serving ? EXIT_COMPLETED : refuse_serve(options, &error);
}

const struct command command_serve = {
    .name = "serve",
    .synopsis = "",
    .summary = "take webhooks, go on with runs",
    .help =
        "Takes webhooks at --hooks and goes on with every run in the store that has not\n"
        "ended. SIGTERM stops it: what is under way is finished, the rest is left in "
        "the\n"
        "store for the next time. A second signal stops it at once.\n\n"
        "Exit status: 0 stopped, 1 failed, 2 usage or settings.\n",
    .start = start_serve,
    .refuse = refuse_serve,
};
