/* Deadlines that are all equally long, so the oldest is always due first. */
#ifndef HTTP_PATIENCE_H
#define HTTP_PATIENCE_H

#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>

struct patience_entry { /* to be embedded; zeroed means not running */
  TAILQ_ENTRY(patience_entry) link;
  double due; /* on the monotonic clock */
  bool running;
};

TAILQ_HEAD(patience_list, patience_entry);

typedef void (*patience_lost_fn)(struct patience_entry *entry);

struct patience {
  struct ev_loop *loop;
  ev_timer timer;
  double seconds;
  patience_lost_fn lost; /* called on the loop, once the entry no longer runs */
  struct patience_list entries;
};

void patience_init(struct patience *patience, struct ev_loop *loop, double seconds,
                   patience_lost_fn lost);

/* Starts the entry's time, or starts it anew. */
void patience_begin(struct patience *patience, struct patience_entry *entry);
void patience_end(struct patience *patience, struct patience_entry *entry);

/* Stops the timer; whatever still runs is never lost. */
void patience_stop(struct patience *patience);

#endif
