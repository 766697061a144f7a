/* A check on the worker's thread. */
#include "audio/audio.h"

#include <stdlib.h>
#include <string.h>

struct later {
  char *path;
  struct audio_options options;
  struct audio_report report;
  audio_done_fn done;
  void *context;
};

static void run(void *context) {
  struct later *later = context;
  audio_check(later->path, &later->options, &later->report);
}

static void finish(void *context) {
  struct later *later = context;
  later->done(later->context, &later->report);
  free(later->path);
  free(later);
}

bool audio_check_later(struct worker *worker, const char *path,
                       const struct audio_options *options, audio_done_fn done,
                       void *context) {
  struct later *later = calloc(1, sizeof *later);
  if (!later) return false;
  later->path = strdup(path);
  if (options) later->options = *options;
  later->options.name = NULL; /* the path is the name; the caller's may be gone by then */
  later->done = done;
  later->context = context;
  if (later->path && worker_submit(worker, run, finish, later)) return true;
  free(later->path);
  free(later);
  return false;
}
