#include "http/patience.h"

#include "base/clock.h"

static void arm(struct patience *patience, double seconds) {
  ev_now_update(patience->loop);
  ev_timer_set(&patience->timer, seconds > 0 ? seconds : 0, 0.);
  ev_timer_start(patience->loop, &patience->timer);
}

static void lose_overdue(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop, (void)events;
  struct patience *patience = timer->data;
  double now = clock_monotonic();
  struct patience_entry *entry;
  while ((entry = TAILQ_FIRST(&patience->entries))) {
    if (entry->due > now) {
      arm(patience, entry->due - now);
      return;
    }
    patience_end(patience, entry);
    patience->lost(entry);
  }
}

void patience_init(struct patience *patience, struct ev_loop *loop, double seconds,
                   patience_lost_fn lost) {
  patience->loop = loop;
  patience->seconds = seconds;
  patience->lost = lost;
  TAILQ_INIT(&patience->entries);
  ev_timer_init(&patience->timer, lose_overdue, 0., 0.);
  patience->timer.data = patience;
}

void patience_begin(struct patience *patience, struct patience_entry *entry) {
  patience_end(patience, entry);
  entry->due = clock_monotonic() + patience->seconds;
  entry->running = true;
  TAILQ_INSERT_TAIL(&patience->entries, entry, link);
  /* A running timer is for an older entry; it finds this one when it fires. */
  if (!ev_is_active(&patience->timer)) arm(patience, patience->seconds);
}

void patience_end(struct patience *patience, struct patience_entry *entry) {
  if (!entry->running) return;
  entry->running = false;
  TAILQ_REMOVE(&patience->entries, entry, link);
}

void patience_stop(struct patience *patience) {
  ev_timer_stop(patience->loop, &patience->timer);
}
