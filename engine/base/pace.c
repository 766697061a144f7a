#include "base/pace.h"

#include "base/clock.h"

static const double share = 0.0005; /* seconds */

bool pace_allows(struct pace *pace, struct ev_loop *loop) {
  unsigned turn = ev_iteration(loop);
  if (pace->end > 0 && pace->turn == turn) {
    pace->over = pace->over || clock_monotonic() >= pace->end;
    return !pace->over;
  }
  *pace = (struct pace){.turn = turn, .end = clock_monotonic() + share};
  return true;
}

bool pace_is_over(const struct pace *pace, struct ev_loop *loop) {
  return pace->over && pace->turn == ev_iteration(loop);
}
