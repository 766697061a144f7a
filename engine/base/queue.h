/* What waits for its turn: begun in order, a share of each turn of the loop, and only so
 * many at once. */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include "base/pace.h"

#include <sys/queue.h>

typedef void (*queue_fn)(void *context);

/* Zero it but for begin and context. */
struct queued {
  queue_fn begin;
  void *context;
  TAILQ_ENTRY(queued) link; /* while it waits */
  enum { QUEUED_NOT, QUEUED_WAITS, QUEUED_UNDER_WAY } state;
};

struct queue {
  struct ev_loop *loop;
  unsigned most, under_way;
  TAILQ_HEAD(, queued) waiting;
  ev_timer timer; /* for the next turn; fed to the loop for more in this one */
  struct pace pace;
};

/* most: how many may be under way at once; 0 means no limit. */
void queue_open(struct queue *queue, struct ev_loop *loop, unsigned most);

/* Once nothing is in it. */
void queue_close(struct queue *queue);

/* begin is called from the loop, never from inside. */
void queue_enter(struct queue *queue, struct queued *queued);

/* It has ended, or does not wait any more; nothing if it is not in the queue. */
void queue_leave(struct queue *queue, struct queued *queued);

#endif
