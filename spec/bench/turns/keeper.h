/* Keeps the turns of bare: one row of the table event and one of op for each, as large as
 * the engine's, in a store of the engine's and as safe in it. A thread of its own writes
 * all that have gathered in one transaction. */
#ifndef BENCH_KEEPER_H
#define BENCH_KEEPER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct turn {
  STAILQ_ENTRY(turn) next;
  struct MHD_Connection *connection;
  char body[1024]; /* of the webhook */
  size_t length;
  int number;                                    /* 1 begins a call */
  char token[33], run[13], call[37], digits[16]; /* as long as the engine's */
  char *answer;
  int64_t received;
};
STAILQ_HEAD(turns, turn);

struct keeper;

/* done is told, on the loop, that the turns are on disk. Ends the program when the store
 * cannot be opened or written. */
typedef void (*keeper_done_fn)(struct turns *turns);
struct keeper *keeper_open(struct ev_loop *loop, const char *path, keeper_done_fn done);

/* False while it is busy; otherwise takes all of them. */
bool keeper_take(struct keeper *keeper, struct turns *turns);

#endif
