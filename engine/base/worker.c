#include "base/worker.h"

#include "base/pace.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct job {
  struct job *next;
  worker_fn work, done;
  void *context;
};

struct queue {
  struct job *first, **end; /* end: where the next job's address goes */
};

struct worker {
  struct ev_loop *loop;
  ev_async wake;    /* sent by the thread: something has finished */
  struct pace pace; /* of telling of it */
  size_t due;       /* jobs whose `done` has not been called; the loop's thread only */
  pthread_t thread;
  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t changed;
  struct queue waiting, finished;
  bool stopping;
};

static void queue_clear(struct queue *queue) {
  queue->first = NULL;
  queue->end = &queue->first;
}

static void queue_push(struct queue *queue, struct job *job) {
  job->next = NULL;
  *queue->end = job;
  queue->end = &job->next;
}

static struct job *queue_pop(struct queue *queue) {
  struct job *job = queue->first;
  if (!job) return NULL;
  queue->first = job->next;
  if (!queue->first) queue_clear(queue);
  return job;
}

/* The thread: works the queue off; told to stop, it first finishes what waits. */
static void *labour(void *argument) {
  struct worker *worker = argument;
  pthread_mutex_lock(&worker->mutex);
  for (;;) {
    struct job *job = queue_pop(&worker->waiting);
    if (job) {
      pthread_mutex_unlock(&worker->mutex);
      job->work(job->context);
      pthread_mutex_lock(&worker->mutex);
      queue_push(&worker->finished, job);
      pthread_cond_broadcast(&worker->changed);
      ev_async_send(worker->loop, &worker->wake);
    } else if (worker->stopping) {
      break;
    } else {
      pthread_cond_wait(&worker->changed, &worker->mutex);
    }
  }
  pthread_mutex_unlock(&worker->mutex);
  return NULL;
}

/* A job counts as a reason for the loop to go on from its submission to its `done`. */
static void count_due(struct worker *worker) {
  if (worker->due++ == 0) ev_ref(worker->loop);
}

static void count_done(struct worker *worker) {
  if (--worker->due == 0) ev_unref(worker->loop);
}

static struct job *take_finished(struct worker *worker) {
  pthread_mutex_lock(&worker->mutex);
  struct job *job = queue_pop(&worker->finished);
  pthread_mutex_unlock(&worker->mutex);
  return job;
}

/* False when there was none. */
static bool deliver_one(struct worker *worker) {
  struct job *job = take_finished(worker);
  if (!job) return false;
  worker_fn done = job->done;
  void *context = job->context;
  free(job);
  if (done) done(context);
  count_done(worker);
  return true;
}

static void deliver(struct worker *worker) {
  while (deliver_one(worker)) continue;
}

/* When much has finished at once, others on the loop have their turns in between. */
static void on_wake(struct ev_loop *loop, ev_async *wake, int events) {
  (void)events;
  struct worker *worker = wake->data;
  while (pace_allows(&worker->pace, loop))
    if (!deliver_one(worker)) return;
  ev_async_send(loop, wake);
}

/* The thread inherits the mask it is created under. */
static bool start_thread(struct worker *worker) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&worker->thread, NULL, labour, worker);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return !failed;
}

static void release(struct worker *worker) {
  ev_ref(worker->loop);
  ev_async_stop(worker->loop, &worker->wake);
  pthread_cond_destroy(&worker->changed);
  pthread_mutex_destroy(&worker->mutex);
  free(worker);
}

struct worker *worker_new(struct ev_loop *loop) {
  struct worker *worker = calloc(1, sizeof *worker);
  if (!worker) return NULL;
  worker->loop = loop;
  queue_clear(&worker->waiting);
  queue_clear(&worker->finished);
  pthread_mutex_init(&worker->mutex, NULL);
  pthread_cond_init(&worker->changed, NULL);
  ev_async_init(&worker->wake, on_wake);
  worker->wake.data = worker;
  ev_async_start(loop, &worker->wake);
  ev_unref(loop);
  if (start_thread(worker)) return worker;
  release(worker);
  return NULL;
}

bool worker_submit(struct worker *worker, worker_fn work, worker_fn done, void *context) {
  struct job *job = malloc(sizeof *job);
  if (!job) return false;
  *job = (struct job){.work = work, .done = done, .context = context};
  count_due(worker);
  pthread_mutex_lock(&worker->mutex);
  queue_push(&worker->waiting, job);
  pthread_cond_broadcast(&worker->changed);
  pthread_mutex_unlock(&worker->mutex);
  return true;
}

bool worker_is_busy(const struct worker *worker) {
  return worker->due > 0;
}

static void wait_for_finished(struct worker *worker) {
  pthread_mutex_lock(&worker->mutex);
  while (!worker->finished.first) pthread_cond_wait(&worker->changed, &worker->mutex);
  pthread_mutex_unlock(&worker->mutex);
}

void worker_free(struct worker *worker) {
  if (!worker) return;
  while (worker->due) {
    wait_for_finished(worker);
    deliver(worker);
  }
  pthread_mutex_lock(&worker->mutex);
  worker->stopping = true;
  pthread_cond_broadcast(&worker->changed);
  pthread_mutex_unlock(&worker->mutex);
  pthread_join(worker->thread, NULL);
  release(worker);
}
