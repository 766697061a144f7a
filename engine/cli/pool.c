#include "cli/pool.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { THREADS_MOST = 64, PLACES = 256 };

struct pool {
  const struct pool_task *task;
  pthread_mutex_t lock; /* over what follows */
  pthread_cond_t worked, taken;
  size_t next, done;
  struct place {
    bool ready;
    void *result;
  } places[PLACES];
};

int pool_threads(size_t count) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  if (processors > THREADS_MOST) processors = THREADS_MOST;
  if ((size_t)processors > count) processors = (long)count;
  return processors > 1 ? (int)processors : 1;
}

/* The next number, once its place is free; false when there is none. */
static bool next_number(struct pool *pool, size_t *number) {
  pthread_mutex_lock(&pool->lock);
  bool more = pool->next < pool->task->count;
  if (more) *number = pool->next++;
  while (more && *number >= pool->done + PLACES)
    pthread_cond_wait(&pool->taken, &pool->lock);
  pthread_mutex_unlock(&pool->lock);
  return more;
}

static void *work(void *context) {
  struct pool *pool = context;
  size_t number;
  while (next_number(pool, &number)) {
    void *result = pool->task->work(pool->task->context, number);
    pthread_mutex_lock(&pool->lock);
    pool->places[number % PLACES] = (struct place){true, result};
    pthread_cond_signal(&pool->worked);
    pthread_mutex_unlock(&pool->lock);
  }
  return NULL;
}

static void take_all(struct pool *pool) {
  for (size_t number = 0; number < pool->task->count; number++) {
    struct place *place = &pool->places[number % PLACES];
    pthread_mutex_lock(&pool->lock);
    while (!place->ready) pthread_cond_wait(&pool->worked, &pool->lock);
    void *result = place->result;
    place->ready = false;
    pool->done++;
    pthread_cond_broadcast(&pool->taken);
    pthread_mutex_unlock(&pool->lock);
    pool->task->done(pool->task->context, number, result);
  }
}

static void run_alone(const struct pool_task *task) {
  for (size_t number = 0; number < task->count; number++)
    task->done(task->context, number, task->work(task->context, number));
}

/* Signals are for the thread that waits. */
static int start_threads(struct pool *pool, pthread_t *threads, int wanted) {
  sigset_t all, before;
  int started = 0;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (started < wanted && pthread_create(&threads[started], NULL, work, pool) == 0)
    started++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

void pool_run(const struct pool_task *task) {
  struct pool pool = {.task = task};
  pthread_t threads[THREADS_MOST];
  int wanted = pool_threads(task->count), started = 0;
  pthread_mutex_init(&pool.lock, NULL);
  pthread_cond_init(&pool.worked, NULL);
  pthread_cond_init(&pool.taken, NULL);
  if (wanted > 1) started = start_threads(&pool, threads, wanted);
  if (started > 0)
    take_all(&pool);
  else
    run_alone(task);
  for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
  pthread_cond_destroy(&pool.taken);
  pthread_cond_destroy(&pool.worked);
  pthread_mutex_destroy(&pool.lock);
}
