/* Makes calls that wait for their first digits: runs of the flow pin, each placed with a
 * Routee of this program's own that accepts whatever comes. They stay in the store.
 *
 *   calls COUNT STORE SCRIPTS HOOKS > calls
 *
 * HOOKS is where a later engine will serve them. For each call a line is printed: the
 * address of its first webhook and Routee's id of it. */
#include "outdial.h"
#include "routee.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 200 /* calls on their way to Routee */ };

static struct {
  int count, started, accepted;
  struct od_engine *engine;
} job;

static void die(const char *what, const char *why) {
  fprintf(stderr, "calls: %s: %s\n", what, why);
  exit(1);
}

/* On Routee's thread. */
static void print_call(const char *url, int length, const char *tracking) {
  printf("%.*s %s\n", length, url, tracking);
}

static void start_run(int number);

static void on_event(void *context, const char *run, const char *event) {
  (void)context, (void)run;
  if (strstr(event, "\"kind\":\"finished\"")) die("a run has ended", event);
  if (!strstr(event, "\"kind\":\"call\"") || !strstr(event, "\"state\":\"queued\""))
    return;
  if (++job.accepted == job.count) od_engine_stop(job.engine);
  if (job.started < job.count) start_run(job.started++);
}

static void on_log(void *context, enum od_level level, const char *line) {
  (void)context, (void)level;
  fprintf(stderr, "calls: %s\n", line);
}

static struct od_engine *open_engine(char **argv, unsigned short port) {
  char url[64], store[512], scripts[512], hooks[64], public_url[80];
  snprintf(url, sizeof url, "routee.url=http://127.0.0.1:%u", port);
  snprintf(store, sizeof store, "engine.store=%s", argv[2]);
  snprintf(scripts, sizeof scripts, "engine.scripts=%s", argv[3]);
  snprintf(hooks, sizeof hooks, "engine.hooks=%s", argv[4]);
  snprintf(public_url, sizeof public_url, "engine.public_url=http://%s", argv[4]);
  const char *settings[] = {
      url, store, scripts, hooks, public_url, "routee.access_token=token", NULL};
  struct od_config config = {.size = sizeof config,
                             .settings = settings,
                             .log = on_log,
                             .log_level = OD_WARNING};
  struct od_error error;
  struct od_engine *engine = od_engine_new(&config, &error);
  if (!engine) die("the engine", error.message);
  return engine;
}

static void start_run(int number) {
  char params[160], run[OD_RUN_SIZE];
  struct od_error error;
  snprintf(params, sizeof params,
           "{\"to\":\"+3069%08d\",\"pin\":\"1234\",\"support\":\"+306900000001\","
           "\"tries\":1000000}",
           number);
  if (!od_run_start(job.engine, "pin", params, on_event, NULL, run, &error))
    die("a run", error.message);
}

int main(int argc, char **argv) {
  if (argc != 5) die("usage", "calls COUNT STORE SCRIPTS HOOKS");
  job.count = atoi(argv[1]);
  job.engine = open_engine(argv, routee_start(print_call));
  while (job.started < job.count && job.started < AT_ONCE) start_run(job.started++);
  struct od_error error;
  if (!od_engine_loop(job.engine, &error) || !od_engine_drain(job.engine, 60, &error))
    die("the engine", error.message);
  od_engine_free(job.engine);
  fflush(stdout);
  _Exit(0); /* Routee's thread knows no end */
}
