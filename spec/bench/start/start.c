/* How long a flow takes from its start to its first op: from the call of od_run_start to
 * the event, for one run after another of the flow pin.
 *
 *   start SCRIPTS [COUNT] */
#include "outdial.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct {
  struct od_engine *engine;
  double *latencies; /* seconds */
  int count, done;
  double began;
  bool asked;
} job = {.count = 2000};

static void die(const char *what, const char *why) {
  fprintf(stderr, "start: %s: %s\n", what, why);
  exit(1);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void on_event(void *context, const char *run, const char *event) {
  (void)context, (void)run;
  if (job.asked || !strstr(event, "\"kind\":\"op\"")) return;
  job.latencies[job.done] = seconds() - job.began;
  job.asked = true;
}

static struct od_engine *open_engine(const char *folder, struct ev_loop *loop) {
  char scripts[512];
  snprintf(scripts, sizeof scripts, "engine.scripts=%s", folder);
  const char *settings[] = {scripts,
                            "engine.store=memory:",
                            "engine.hooks=host",
                            "engine.public_url=http://127.0.0.1:9",
                            "routee.url=http://127.0.0.1:9",
                            "routee.access_token=token",
                            NULL};
  struct od_config config = {.size = sizeof config, .settings = settings, .loop = loop};
  struct od_error error;
  struct od_engine *engine = od_engine_new(&config, &error);
  if (!engine) die("the engine", error.message);
  return engine;
}

static void on_canceled(void *context, const struct od_error *error) {
  (void)error;
  *(bool *)context = true;
}

static void measure(struct ev_loop *loop) {
  static const char params[] =
      "{\"to\":\"+306900000000\",\"pin\":\"1234\","
      "\"support\":\"+306900000001\"}";
  char run[OD_RUN_SIZE];
  struct od_error error;
  bool canceled = false;
  job.asked = false;
  job.began = seconds();
  if (!od_run_start(job.engine, "pin", params, on_event, NULL, run, &error))
    die("a run", error.message);
  while (!job.asked) ev_run(loop, EVRUN_ONCE);
  od_run_cancel(job.engine, run, on_canceled, &canceled, &error);
  while (!canceled) ev_run(loop, EVRUN_ONCE);
  for (int i = 0; i < 8; i++) ev_run(loop, EVRUN_NOWAIT); /* it goes */
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) die("usage", "start SCRIPTS [COUNT]");
  if (argc == 3) job.count = atoi(argv[2]);
  struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
  job.engine = open_engine(argv[1], loop);
  job.latencies = calloc((size_t)job.count, sizeof *job.latencies);
  if (!job.latencies || job.count < 1) die("usage", "how many?");
  for (; job.done < job.count; job.done++) measure(loop);
  qsort(job.latencies, (size_t)job.count, sizeof *job.latencies, compare);
  printf("starts=%d p50_us=%.0f p99_us=%.0f\n", job.count,
         job.latencies[job.count / 2] * 1e6,
         job.latencies[(int)((job.count - 1) * 0.99)] * 1e6);
  od_engine_free(job.engine);
  free(job.latencies);
  ev_loop_destroy(loop);
  return 0;
}
