#include "cli/progress.h"

#include "cli/row.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { TURN_MS = 120, TURNS_BEFORE = 2 }; /* short waits draw nothing */

struct progress {
  FILE *out;
  struct style style;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  const char *text; /* NULL while hidden for good */
  double since;     /* monotonic, when the count stood at 0 */
  unsigned turn;
  bool hidden, drawn, ended;
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct timespec after_turn(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  time.tv_nsec += TURN_MS * 1000000L;
  time.tv_sec += time.tv_nsec / 1000000000;
  time.tv_nsec %= 1000000000;
  return time;
}

static void draw(struct progress *progress) {
  const struct style *style = &progress->style;
  if (progress->turn++ < TURNS_BEFORE) return;
  fprintf(progress->out, "\r\033[K%s%*.1f   %s %s%s", style_begin(style, TONE_DIM),
          ROW_MARK - 3, now() - progress->since, style_wheel(style, progress->turn),
          progress->text, style_end(style, TONE_DIM));
  fflush(progress->out);
  progress->drawn = true;
}

static void erase(struct progress *progress) {
  if (!progress->drawn) return;
  fputs("\r\033[K", progress->out);
  fflush(progress->out);
  progress->drawn = false;
}

static void *turn(void *context) {
  struct progress *progress = context;
  pthread_mutex_lock(&progress->lock);
  while (!progress->ended) {
    struct timespec until = after_turn();
    if (progress->hidden) {
      pthread_cond_wait(&progress->changed, &progress->lock);
      continue;
    }
    pthread_cond_timedwait(&progress->changed, &progress->lock, &until);
    if (!progress->hidden && !progress->ended) draw(progress);
  }
  erase(progress);
  pthread_mutex_unlock(&progress->lock);
  return NULL;
}

static bool start_thread(struct progress *progress) {
  sigset_t all, before;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init(&progress->lock, NULL);
  pthread_cond_init(&progress->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
  int failed = pthread_create(&progress->thread, NULL, turn, progress);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return !failed;
}

struct progress *progress_new(FILE *out, const struct style *style) {
  if (!style->live) return NULL;
  struct progress *progress = calloc(1, sizeof *progress);
  if (!progress) return NULL;
  *progress = (struct progress){.out = out, .style = *style, .hidden = true};
  if (start_thread(progress)) return progress;
  free(progress);
  return NULL;
}

static void change(struct progress *progress, bool hidden) {
  progress->hidden = hidden;
  progress->turn = 0;
  if (hidden) erase(progress);
  pthread_cond_signal(&progress->changed);
}

void progress_show(struct progress *progress, const char *text, double seconds) {
  if (!progress) return;
  pthread_mutex_lock(&progress->lock);
  progress->text = text;
  progress->since = now() - seconds;
  change(progress, !*text);
  pthread_mutex_unlock(&progress->lock);
}

void progress_hide(struct progress *progress) {
  if (!progress) return;
  pthread_mutex_lock(&progress->lock);
  change(progress, true);
  pthread_mutex_unlock(&progress->lock);
}

void progress_again(struct progress *progress) {
  if (!progress) return;
  pthread_mutex_lock(&progress->lock);
  change(progress, !progress->text || !*progress->text);
  pthread_mutex_unlock(&progress->lock);
}

void progress_free(struct progress *progress) {
  if (!progress) return;
  pthread_mutex_lock(&progress->lock);
  progress->ended = true;
  pthread_cond_signal(&progress->changed);
  pthread_mutex_unlock(&progress->lock);
  pthread_join(progress->thread, NULL);
  pthread_cond_destroy(&progress->changed);
  pthread_mutex_destroy(&progress->lock);
  free(progress);
}
