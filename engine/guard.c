#include "guard.h"

#include <unistd.h>

void guard_init(struct guard *guard) {
  guard->owner = pthread_self();
  guard->process = getpid();
  guard->shared = false;
  pthread_mutex_init(&guard->gate, NULL);
  pthread_mutex_init(&guard->mutex, NULL);
}

void guard_free(struct guard *guard) {
  pthread_mutex_destroy(&guard->mutex);
  pthread_mutex_destroy(&guard->gate);
}

/* Whoever waits holds the gate, so that a busy loop, which takes the mutex again and
 * again, cannot keep it out. */
void guard_lock(struct guard *guard) {
  if (!guard->shared) return;
  pthread_mutex_lock(&guard->gate);
  pthread_mutex_lock(&guard->mutex);
  pthread_mutex_unlock(&guard->gate);
}

void guard_unlock(struct guard *guard) {
  if (guard->shared) pthread_mutex_unlock(&guard->mutex);
}

bool guard_is_home(const struct guard *guard, struct error *error) {
  return guard->process == getpid() ||
         error_set(error, "misuse",
                   "this engine was made before a fork; only the parent may use it");
}

bool guard_enter(struct guard *guard, struct error *error) {
  if (!guard_is_home(guard, error)) return false;
  if (!guard->shared && !pthread_equal(guard->owner, pthread_self()))
    return error_set(error, "misuse",
                     "this engine belongs to another thread; call it from there, or give "
                     "it a thread of its own with od_engine_thread");
  guard_lock(guard);
  return true;
}

void guard_leave(struct guard *guard) {
  guard_unlock(guard);
}
