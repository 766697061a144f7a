/* Makes calls that wait for their first digits: runs of the flow pin, each placed with a
 * Routee of this program's own that accepts whatever comes. They stay in the store.
 *
 *   calls COUNT STORE SCRIPTS HOOKS > calls
 *
 * HOOKS is where a later engine will serve them. For each call a line is printed: the
 * address of its first webhook and Routee's id of it. */
#include "base/id.h"
#include "http/server.h"
#include "outdial.h"

#include <ev.h>
#include <pthread.h>
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

/* --- Routee, on a thread of its own --- */

static void serve(void *context, struct http_exchange *exchange,
                  const struct http_incoming *incoming) {
  (void)context;
  static const char key[] = "\"eventUrl\":\"";
  char tracking[ID_UUID_SIZE], answer[128];
  const char *url = strstr(incoming->body, key);
  if (!url || !id_uuid(tracking)) die("a call without a COLLECT", incoming->body);
  url += sizeof key - 1;
  printf("%.*s %s\n", (int)strcspn(url, "\""), url, tracking);
  int length = snprintf(answer, sizeof answer, "{\"trackingId\":\"%s\"}", tracking);
  http_answer_send(exchange, 200, answer, (size_t)length);
}

static void *run_routee(void *loop) {
  ev_run(loop, 0);
  return NULL;
}

static unsigned short start_routee(void) {
  struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
  struct http_server_plan plan = {.address = "127.0.0.1", .serve = serve};
  struct error error;
  struct http_server *server = http_server_new(loop, &plan, &error);
  pthread_t thread;
  if (!server) die("Routee", error.message);
  if (pthread_create(&thread, NULL, run_routee, loop) != 0) die("Routee", "no thread");
  return http_server_port(server);
}

/* --- outdial --- */

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
  job.engine = open_engine(argv, start_routee());
  while (job.started < job.count && job.started < AT_ONCE) start_run(job.started++);
  struct od_error error;
  if (!od_engine_loop(job.engine, &error) || !od_engine_drain(job.engine, 60, &error))
    die("the engine", error.message);
  od_engine_free(job.engine);
  fflush(stdout);
  _Exit(0); /* Routee's thread knows no end */
}
