#include "audio/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum {
  THREADS_MOST = 8,
  RUN = 8, /* segments a thread reads in a row, so as to look back but once */
};

struct place {
  bool ready;
  struct segment segment;
};

struct crew {
  const struct crew_task *task;
  pthread_mutex_t lock; /* over what follows */
  pthread_cond_t moved;
  uint64_t next, taken, total; /* segments */
  bool stopped;
  size_t place_count;
  struct place *places;
};

static bool read_alone(const struct crew_task *task) {
  struct segment_reader *reader = segment_reader_new(task->input, task->layout);
  struct segment *segment = malloc(sizeof *segment);
  bool good = reader && segment && segment_set_up(segment, task->layout, task->phone);
  for (uint64_t number = 0; good; number++) {
    segment_read(reader, number, segment);
    good = task->take(task->context, segment);
    if (segment->last) break;
  }
  if (segment) segment_clear(segment);
  free(segment);
  segment_reader_free(reader);
  return good;
}

/* The number of the next run's first segment. */
static bool next_run(struct crew *crew, uint64_t *number) {
  pthread_mutex_lock(&crew->lock);
  bool more = !crew->stopped && crew->next < crew->total;
  *number = crew->next;
  crew->next += RUN;
  pthread_mutex_unlock(&crew->lock);
  return more;
}

/* The segment's place, once what was in it is taken; NULL if that is no longer wanted. */
static struct place *wait_for_place(struct crew *crew, uint64_t number) {
  pthread_mutex_lock(&crew->lock);
  while (!crew->stopped && number >= crew->taken + crew->place_count)
    pthread_cond_wait(&crew->moved, &crew->lock);
  bool wanted = !crew->stopped && number < crew->total;
  pthread_mutex_unlock(&crew->lock);
  return wanted ? &crew->places[number % crew->place_count] : NULL;
}

static void read_one(struct crew *crew, struct segment_reader *reader, uint64_t number) {
  struct place *place = wait_for_place(crew, number);
  if (!place) return;
  if (reader)
    segment_read(reader, number, &place->segment);
  else
    place->segment.failed = true;
  pthread_mutex_lock(&crew->lock);
  place->ready = true;
  pthread_cond_broadcast(&crew->moved);
  pthread_mutex_unlock(&crew->lock);
}

static void *work(void *context) {
  struct crew *crew = context;
  struct segment_reader *reader = NULL;
  struct input input; /* its own window onto the file */
  uint64_t number;
  if (input_share(crew->task->input, &input))
    reader = segment_reader_new(&input, crew->task->layout);
  while (next_run(crew, &number))
    for (uint64_t i = 0; i < RUN && number + i < crew->total; i++)
      read_one(crew, reader, number + i);
  segment_reader_free(reader);
  input_close(&input);
  return NULL;
}

static bool take_all(struct crew *crew) {
  const struct crew_task *task = crew->task;
  bool good = true;
  for (uint64_t number = 0; good && number < crew->total; number++) {
    struct place *place = &crew->places[number % crew->place_count];
    pthread_mutex_lock(&crew->lock);
    while (!place->ready) pthread_cond_wait(&crew->moved, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    good = task->take(task->context, &place->segment);
    pthread_mutex_lock(&crew->lock);
    place->ready = false;
    crew->taken++;
    crew->stopped = !good;
    pthread_cond_broadcast(&crew->moved);
    pthread_mutex_unlock(&crew->lock);
  }
  return good;
}

/* With every signal blocked, as it befits a library's threads. */
static int start_threads(struct crew *crew, pthread_t *threads, int wanted) {
  sigset_t all, before;
  int started = 0;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (started < wanted && pthread_create(&threads[started], NULL, work, crew) == 0)
    started++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

static bool set_places(struct crew *crew, int threads) {
  crew->place_count = (RUN + 2) * (size_t)threads;
  crew->places = calloc(crew->place_count, sizeof *crew->places);
  if (!crew->places) return false;
  for (size_t i = 0; i < crew->place_count; i++)
    if (!segment_set_up(&crew->places[i].segment, crew->task->layout, crew->task->phone))
      return false;
  return true;
}

static void clear_places(struct crew *crew) {
  for (size_t i = 0; crew->places && i < crew->place_count; i++)
    segment_clear(&crew->places[i].segment);
  free(crew->places);
}

static bool read_together(const struct crew_task *task, int wanted) {
  struct crew crew = {.task = task};
  pthread_t threads[THREADS_MOST];
  bool good = false;
  crew.total = task->layout->samples / segment_frames(task->layout) + 1;
  pthread_mutex_init(&crew.lock, NULL);
  pthread_cond_init(&crew.moved, NULL);
  if (set_places(&crew, wanted)) {
    int started = start_threads(&crew, threads, wanted);
    if (started > 0) good = take_all(&crew);
    for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
  }
  clear_places(&crew);
  pthread_cond_destroy(&crew.moved);
  pthread_mutex_destroy(&crew.lock);
  return good;
}

bool crew_read(const struct crew_task *task, int threads) {
  if (threads > THREADS_MOST) threads = THREADS_MOST;
  return threads < 2 ? read_alone(task) : read_together(task, threads);
}
