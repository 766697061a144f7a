/* What an engine costs its host to make and to free, and whether anything of it stays.
 *
 *   rounds STORE [COUNT]
 *
 * In each round an engine is made, a flow is started that waits, and the engine is freed
 * under it. Prints one line of figures. The status is 1 when the heap in use or the open
 * descriptors have grown since the first tenth of the rounds. */
#include "outdial.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct od_script flows[] = {
    {"flows/waits.lua",
     "local outdial = require 'outdial'\n"
     "return outdial.flow { summary = 'Wait', params = {},\n"
     "  run = function() outdial.sleep(3600) end }\n"},
    {NULL, NULL},
};

struct rounds {
  const char *settings[3];
  double *seconds; /* of each create and free, without the run */
  int count;
};

/* What the process holds. */
struct holding {
  size_t heap, descriptors;
};

static void die(const char *what, const char *why) {
  fprintf(stderr, "rounds: %s: %s\n", what, why);
  exit(2);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct holding look(void) {
  struct holding holding = {.heap = mallinfo2().uordblks + mallinfo2().hblkhd};
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) die("/proc/self/fd", "cannot be read");
  while (readdir(folder)) holding.descriptors++;
  closedir(folder);
  return holding;
}

static double play(const struct rounds *rounds) {
  char run[OD_RUN_SIZE];
  struct od_error error;
  struct od_config config = {
      .size = sizeof config, .settings = rounds->settings, .scripts = flows};
  double began = now();
  struct od_engine *engine = od_engine_new(&config, &error);
  double made = now() - began;
  if (!engine) die("the engine", error.message);
  if (!od_run_start(engine, "waits", "{}", NULL, NULL, run, &error))
    die("a run", error.message);
  began = now();
  od_engine_free(engine);
  return made + now() - began;
}

static int ascending(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

int main(int argc, char **argv) {
  if (argc < 2) die("usage", "rounds STORE [COUNT]");
  char store[512];
  snprintf(store, sizeof store, "engine.store=%s", argv[1]);
  struct rounds rounds = {.settings = {store, "engine.scripts=none", NULL},
                          .count = argc > 2 ? atoi(argv[2]) : 10000};
  rounds.seconds = calloc((size_t)rounds.count + 1, sizeof *rounds.seconds);
  if (!rounds.seconds || rounds.count < 10) die("usage", "at least ten rounds");
  struct holding first = {0};
  for (int i = 0; i < rounds.count; i++) {
    rounds.seconds[i] = play(&rounds);
    if (i == rounds.count / 10) first = look();
  }
  struct holding last = look();
  qsort(rounds.seconds, (size_t)rounds.count, sizeof *rounds.seconds, ascending);
  printf(
      "rounds=%d create_free_ms=%.2f p99_ms=%.2f heap_growth=%ld descriptor_growth=%ld\n",
      rounds.count, rounds.seconds[rounds.count / 2] * 1e3,
      rounds.seconds[rounds.count * 99 / 100] * 1e3, (long)(last.heap - first.heap),
      (long)(last.descriptors - first.descriptors));
  free(rounds.seconds);
  return last.heap > first.heap || last.descriptors > first.descriptors;
}
