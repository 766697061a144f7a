/* Makes runs that sleep, and says what they cost in memory while they do.
 *
 *   runs COUNT STORE [SECONDS]
 *
 * Each sleeps for SECONDS (a day), then asks for the time and is over. When that is
 * negative, the engine's clock was slow by as much and a minute: whoever opens the store
 * next finds all of them due. Prints one line of figures. */
#include "outdial.h"

#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAY = 86400, SLICE = 20 /* runs that are started in a turn of the loop */ };

static const char flow[] =
    "local outdial = require 'outdial'\n"
    "return outdial.flow {\n"
    "  summary = 'Sleep, then say when that was',\n"
    "  params = { seconds = { type = 'integer' } },\n"
    "  run = function(p)\n"
    "    outdial.sleep(p.seconds)\n"
    "    return { woke = outdial.now() }\n"
    "  end,\n"
    "}\n";

static struct {
  int count, started, seconds, behind;
  struct od_engine *engine;
  struct ev_loop *loop;
  double cpu; /* at the last look */
  size_t most;
} job;

static void die(const char *what, const char *why) {
  fprintf(stderr, "runs: %s: %s\n", what, why);
  exit(1);
}

static double seconds_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t resident(void) {
  unsigned long all, pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%lu %lu", &all, &pages) != 2) die("memory", "not known");
  fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static int64_t clock_now(void *context) {
  (void)context;
  return (int64_t)(seconds_of(CLOCK_REALTIME) * 1000) - job.behind * INT64_C(1000);
}

static void on_log(void *context, enum od_level level, const char *line) {
  (void)context, (void)level;
  fprintf(stderr, "runs: %s\n", line);
}

static void start(void) {
  char params[64], run[OD_RUN_SIZE];
  struct od_error error;
  snprintf(params, sizeof params, "{\"seconds\":%d}", job.seconds);
  if (!od_run_start(job.engine, "wait", params, NULL, NULL, run, &error))
    die("a run", error.message);
}

static void on_idle(struct ev_loop *loop, ev_idle *idle, int events) {
  (void)events;
  for (int i = 0; i < SLICE && job.started < job.count; i++, job.started++) start();
  if (resident() > job.most) job.most = resident();
  if (job.started < job.count) return;
  ev_idle_stop(loop, idle);
  ev_break(loop, EVBREAK_ONE);
}

/* Until nothing has been done for a while: then all have left memory. */
static void on_look(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)timer, (void)events;
  double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  if (cpu - job.cpu < 0.005) ev_break(loop, EVBREAK_ONE);
  job.cpu = cpu;
  if (resident() > job.most) job.most = resident();
}

static void settle(void) {
  ev_timer look;
  ev_timer_init(&look, on_look, 4, 2);
  ev_timer_start(job.loop, &look);
  ev_run(job.loop, 0);
  ev_timer_stop(job.loop, &look);
}

static struct od_engine *open_engine(const char *path) {
  char store[512];
  snprintf(store, sizeof store, "engine.store=%s", path);
  const char *settings[] = {store, "engine.scripts=/nonexistent", NULL};
  struct od_script scripts[] = {{"flows/wait.lua", flow}, {NULL, NULL}};
  struct od_clock clock = {.now = clock_now};
  struct od_config config = {.size = sizeof config,
                             .settings = settings,
                             .scripts = scripts,
                             .clock = &clock,
                             .loop = job.loop,
                             .log = on_log,
                             .log_level = OD_WARNING};
  struct od_error error;
  struct od_engine *engine = od_engine_new(&config, &error);
  if (!engine) die("the engine", error.message);
  return engine;
}

int main(int argc, char **argv) {
  if (argc < 3 || argc > 4) die("usage", "runs COUNT STORE [SECONDS]");
  job.count = atoi(argv[1]);
  job.seconds = argc > 3 ? atoi(argv[3]) : DAY;
  if (job.seconds < 0) {
    job.seconds = -job.seconds;
    job.behind = job.seconds + 60;
  }
  job.loop = ev_loop_new(EVFLAG_AUTO);
  job.engine = open_engine(argv[2]);
  start(); /* what only the first one needs is not what a run costs */
  settle();
  size_t empty = resident();
  double began = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  ev_idle idle;
  ev_idle_init(&idle, on_idle);
  ev_idle_start(job.loop, &idle);
  job.started = 1;
  ev_run(job.loop, 0);
  double lasted = seconds_of(CLOCK_MONOTONIC) - began;
  settle();
  cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  size_t waiting = resident();
  printf(
      "runs=%d starts_per_second=%.0f cpu_us=%.0f empty_mb=%.1f most_mb=%.1f "
      "waiting_mb=%.1f above_mb=%.1f\n",
      job.count, job.count / lasted, cpu * 1e6 / job.count, (double)empty / 1e6,
      (double)job.most / 1e6, (double)waiting / 1e6,
      ((double)waiting - (double)empty) / 1e6);
  od_engine_free(job.engine);
  ev_loop_destroy(job.loop);
  return 0;
}
