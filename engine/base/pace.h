/* How much a part of the engine does in one turn of the loop, which others live on too.
 */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <ev.h>
#include <stdbool.h>

/* Zero it. */
struct pace {
  unsigned turn; /* of the loop: the newest in which something was asked */
  double end;    /* on the monotonic clock: of the part's share of it */
  bool over;     /* something has been put off in it */
};

/* Whether one more thing may be done in this turn: always a first one, others until
 * half a millisecond is over. What may not waits for the next turn. */
bool pace_allows(struct pace *pace, struct ev_loop *loop);

/* Whether something has been put off in this turn. */
bool pace_is_over(const struct pace *pace, struct ev_loop *loop);

#endif
