#include "provider/park.h"

#include "timer/timer.h"

#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 60 /* seconds */ };

struct parked {
  struct parked *next;
  struct park *park;
  struct timer *timer; /* patience, then the wake */
  park_fn leave;
  void *context;
  char *key;
};

struct park {
  struct ev_loop *loop;
  struct parked *first;
};

struct park *park_new(struct ev_loop *loop) {
  struct park *park = calloc(1, sizeof *park);
  if (park) park->loop = loop;
  return park;
}

void park_free(struct park *park) {
  free(park);
}

static void parked_free(struct parked *parked) {
  struct parked **link = &parked->park->first;
  while (*link && *link != parked) link = &(*link)->next;
  if (*link) *link = parked->next;
  free(parked->key);
  free(parked);
}

/* Woken, or out of patience: which one, the waiter sees for itself. */
static void leave(void *context) {
  struct parked *parked = context;
  park_fn left = parked->leave;
  void *waiter = parked->context;
  parked_free(parked);
  left(waiter);
}

struct parked *park_wait(struct park *park, const char *key, park_fn left,
                         void *context) {
  struct parked *parked = calloc(1, sizeof *parked);
  if (!parked) return NULL;
  parked->park = park;
  parked->leave = left;
  parked->context = context;
  parked->key = strdup(key);
  parked->timer = timer_after(park->loop, PATIENCE, leave, parked);
  struct parked **link = &park->first;
  while (*link) link = &(*link)->next;
  *link = parked;
  if (parked->key && parked->timer) return parked;
  park_cancel(parked);
  return NULL;
}

void park_cancel(struct parked *parked) {
  timer_cancel(parked->timer);
  parked_free(parked);
}

void park_wake(struct park *park, const char *key) {
  for (struct parked *parked = park->first; parked; parked = parked->next) {
    if (strcmp(parked->key, key) != 0) continue;
    timer_cancel(parked->timer);
    parked->timer = timer_after(park->loop, 0, leave, parked);
  }
}
