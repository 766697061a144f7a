#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/parameters.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/timeline.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One run in the foreground. */
struct session {
  const struct options *options;
  struct timeline *timeline; /* NULL with --json */
  struct progress *progress; /* NULL where nothing can be redrawn */
  char run[OD_RUN_SIZE];
  json_t *report; /* NULL until the run has finished */
};

static const char *flow_of(const struct options *options) {
  return options->argument_count > 0 ? options->arguments[0] : NULL;
}

/* What stops a run before it starts is what was asked for or where it was to be kept,
 * unless it is one of these. */
static bool is_fault(const char *code) {
  return strcmp(code, "script") == 0 || strcmp(code, "syntax") == 0 ||
         strcmp(code, "runaway") == 0 || strcmp(code, "memory") == 0;
}

static int refuse_run(const struct options *options, const struct od_error *error) {
  if (options->json) {
    json_t *report = report_of_error(NULL, flow_of(options), "failed", error);
    report_print(report);
    json_decref(report);
  } else
    command_complain("run", error);
  return is_fault(error->code) ? EXIT_FAILED : EXIT_USAGE;
}

static void tell(struct session *session, const char *run, const json_t *event) {
  if (!session->timeline) return;
  progress_hide(session->progress);
  timeline_resize(session->timeline, style_width(stdout));
  timeline_event(session->timeline, run, event);
  progress_show(session->progress, timeline_waiting(session->timeline),
                timeline_seconds(session->timeline));
}

static void on_remark(void *context, enum od_level level, const char *line) {
  struct session *session = context;
  progress_hide(session->progress);
  command_remark(NULL, level, line);
  progress_again(session->progress);
}

static void on_event(void *context, const char *run, const char *text) {
  struct session *session = context;
  json_error_t found;
  json_t *event = json_loads(text, JSON_ALLOW_NUL, &found);
  if (!event) {
    on_remark(session, OD_ERROR, found.text);
    return;
  }
  json_t *report = json_object_get(event, "report");
  if (report && !session->report) session->report = json_incref(report);
  tell(session, run, event);
  json_decref(event);
}

/* The loop came back without a report: somebody stopped it. */
static void report_interrupted(struct session *session) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  json_int_t at = (json_int_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  struct od_error error = {.code = "interrupted"};
  snprintf(error.message, sizeof error.message,
           "stopped before the run had ended; outdial serve goes on with %s",
           session->run);
  session->report =
      report_of_error(session->run, flow_of(session->options), "unknown", &error);
  json_t *event = json_pack("{s:s, s:I, s:O}", "kind", "finished", "at", at, "report",
                            session->report);
  tell(session, session->run, event);
  json_decref(event);
}

static bool run_flow(struct session *session, const char *params,
                     struct od_error *error) {
  struct od_config config = options_config(session->options);
  config.log = on_remark;
  config.log_context = session;
  struct od_engine *engine = od_engine_new(&config, error);
  if (!engine) return false;
  bool started = od_run_start(engine, flow_of(session->options), params, on_event,
                              session, session->run, error);
  if (started) {
    interrupt_catch(engine);
    od_engine_loop(engine, NULL);
    interrupt_release();
  }
  od_engine_free(engine);
  return started;
}

static bool read_parameters(const struct options *options, char **params,
                            struct od_error *error) {
  if (!flow_of(options))
    return command_error(error, "name the flow to run: a script's path or a flow's name");
  json_t *object =
      parameters_read(options->arguments + 1, options->argument_count - 1, error);
  if (!object) return false;
  *params = json_dumps(object, JSON_COMPACT);
  json_decref(object);
  return *params || command_error(error, "out of memory");
}

static int start_run(const struct options *options) {
  struct style style = style_of(stdout);
  struct session session = {.options = options};
  struct od_error error = {0};
  char *params = NULL;
  if (!read_parameters(options, &params, &error)) return refuse_run(options, &error);
  if (!options->json) {
    session.timeline = timeline_new(stdout, &style);
    session.progress = progress_new(stdout, &style);
  }
  bool started = run_flow(&session, params, &error);
  if (started && !session.report) report_interrupted(&session);
  if (started && options->json) report_print(session.report);
  int status = started ? report_status(session.report) : EXIT_FAILED;
  progress_free(session.progress);
  timeline_free(session.timeline);
  json_decref(session.report);
  free(params);
  return started ? status : refuse_run(options, &error);
}

const struct command command_run = {
    .name = "run",
    .synopsis = "FLOW [name=value ...]",
    .summary = "run a flow and show what happens",
    .help =
        "Runs a flow, given by its name or its script's path, and shows what happens,\n"
        "until its calls have ended. Without parameters it says which ones it needs.\n"
        "name=value is converted to the parameter's type; name:=JSON takes any value,\n"
        "such as to:='[\"+918000000001\",\"+918100000001\"]'.\n\n"
        "Exit status: 0 the run completed, 1 it failed, 2 usage or settings,\n"
        "3 its outcome is unknown: see outdial help resolve.\n",
    .acts = true,
    .start = start_run,
    .refuse = refuse_run,
};
