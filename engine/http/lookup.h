/* One name lookup on a thread of its own, and the desk where its result is left. */
#ifndef HTTP_LOOKUP_H
#define HTTP_LOOKUP_H

#include <ev.h>
#include <stdbool.h>

enum {
  LOOKUP_HOST_SIZE = 256,     /* a DNS name and a NUL */
  LOOKUP_ANSWER_SIZE = 8 * 50 /* eight addresses */
};

struct lookup {
  struct lookup *next;
  char host[LOOKUP_HOST_SIZE];
  bool found;
  char answer[LOOKUP_ANSWER_SIZE]; /* the addresses, or why there are none */
};

struct lookup_desk; /* shared with the threads; the last one to leave frees it */

typedef void (*lookup_wake_fn)(struct ev_loop *loop, ev_async *watcher, int events);

/* wake is called on the loop's thread, with context as the watcher's data, when results
 * lie on the desk. The desk does not keep the loop running. NULL if out of memory. */
struct lookup_desk *lookup_desk_new(struct ev_loop *loop, lookup_wake_fn wake,
                                    void *context);

/* Leaves the threads to themselves; what they find is thrown away. */
void lookup_desk_close(struct lookup_desk *desk);

/* False if no thread could be started. */
bool lookup_start(struct lookup_desk *desk, const char *host);

/* The results so far, a list for the caller to free(), or NULL. */
struct lookup *lookup_take(struct lookup_desk *desk);

#endif
