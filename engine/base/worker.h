/* A thread that does what would hold up the loop: disk and decoders. */
#ifndef BASE_WORKER_H
#define BASE_WORKER_H

#include <ev.h>
#include <stdbool.h>

struct worker;

/* `work` runs on the worker's thread, `done` afterwards on the loop's. Jobs of one
 * worker run one after another, in the order given. */
typedef void (*worker_fn)(void *context);

/* Starts the thread, with every signal blocked. NULL if that fails. Its wake-up watcher
 * keeps the loop alive only while a job is under way. */
struct worker *worker_new(struct ev_loop *loop);

/* Queues a job; from the loop's thread only. `done` may be NULL. False if out of memory.
 */
bool worker_submit(struct worker *worker, worker_fn work, worker_fn done, void *context);

/* Whether a job's `done` is still to be called; from the loop's thread only. */
bool worker_is_busy(const struct worker *worker);

/* Waits for the queued jobs, calls every `done` still due, and frees; also waits for jobs
 * those calls submit. Not from inside a `done`. NULL does nothing. */
void worker_free(struct worker *worker);

#endif
