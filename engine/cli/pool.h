/* Threads that work through a list, one for each processor; the results come in its
 * order. */
#ifndef CLI_POOL_H
#define CLI_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool_task {
  size_t count;
  void *(*work)(void *context, size_t number);              /* on any thread */
  void (*done)(void *context, size_t number, void *result); /* on the caller's */
  void *context;
};

/* How many threads it takes for so many; 1: the caller's own. */
int pool_threads(size_t count);

/* Returns when all is done. */
void pool_run(const struct pool_task *task);

#endif
