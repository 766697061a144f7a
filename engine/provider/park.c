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

/* Somebody inside. */
struct entry {
  struct entry *next;
  const void *who;
  char key[];
};

struct park {
  struct ev_loop *loop;
  struct parked *first;
  struct entry *inside;
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

static void leave(struct parked *parked, bool woken) {
  park_fn left = parked->leave;
  void *waiter = parked->context;
  parked_free(parked);
  left(waiter, woken);
}

static void on_wake(void *context) {
  leave(context, true);
}

static void out_of_patience(void *context) {
  leave(context, false);
}

struct parked *park_wait(struct park *park, const char *key, park_fn left,
                         void *context) {
  struct parked *parked = calloc(1, sizeof *parked);
  if (!parked) return NULL;
  parked->park = park;
  parked->leave = left;
  parked->context = context;
  parked->key = strdup(key);
  parked->timer = timer_after(park->loop, PATIENCE, out_of_patience, parked);
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

static void wake(struct park *park, const char *key) {
  for (struct parked *parked = park->first; parked; parked = parked->next) {
    if (strcmp(parked->key, key) != 0) continue;
    timer_cancel(parked->timer);
    parked->timer = timer_after(park->loop, 0, on_wake, parked);
  }
}

/* Without memory he is inside unseen, and so is the next. */
bool park_enter(struct park *park, const char *key, const void *who) {
  for (const struct entry *entry = park->inside; entry; entry = entry->next)
    if (strcmp(entry->key, key) == 0) return false;
  struct entry *entry = malloc(sizeof *entry + strlen(key) + 1);
  if (!entry) return true;
  *entry = (struct entry){.next = park->inside, .who = who};
  strcpy(entry->key, key);
  park->inside = entry;
  return true;
}

void park_leave(struct park *park, const char *key, const void *who) {
  struct entry **link = &park->inside;
  for (struct entry *entry; (entry = *link);) {
    bool leaves = entry->who == who && (!key || strcmp(entry->key, key) == 0);
    if (!leaves) {
      link = &entry->next;
      continue;
    }
    *link = entry->next;
    wake(park, entry->key);
    free(entry);
  }
}
