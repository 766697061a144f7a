/* Who may call an engine: the thread that made it, or, once it has a thread of its own,
 * anybody, one after another. */
#ifndef ENGINE_GUARD_H
#define ENGINE_GUARD_H

#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

struct guard {
  pthread_t owner;
  pid_t process;
  bool shared; /* many threads call: the mutexes count */
  pthread_mutex_t gate, mutex;
};

void guard_init(struct guard *guard);
void guard_free(struct guard *guard);

/* False with *error ("misuse") in a child process. */
bool guard_is_home(const struct guard *guard, struct error *error);

/* False with *error ("misuse") when the caller is not the owner, or is a child process.
 * What is entered is to be left; entering twice in a row is not allowed once shared. */
bool guard_enter(struct guard *guard, struct error *error);
void guard_leave(struct guard *guard);

/* For the engine's own thread, which need not ask. */
void guard_lock(struct guard *guard);
void guard_unlock(struct guard *guard);

#endif
