#include "provider/park.h"

#include "provider/internal.h"
#include "provider/invocation.h"
#include "timer/timer.h"

#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 60 /* seconds */ };

struct parked {
  struct parked *next;
  struct park *park;
  struct op *op;
  struct timer *timer; /* patience, then the wake */
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

static void unlink_parked(struct parked *parked) {
  struct parked **link = &parked->park->first;
  while (*link && *link != parked) link = &(*link)->next;
  if (*link) *link = parked->next;
  free(parked->key);
  free(parked);
}

void park_free(struct park *park) {
  free(park); /* by now every invocation, and so every parked op, is gone */
}

/* Woken, or out of patience: which one, the script sees for itself. */
static void leave(void *context) {
  struct parked *parked = context;
  struct op *op = parked->op;
  unlink_parked(parked);
  op_finish_value(op, json_true());
}

static void begin_park(struct op *op, const json_t *args) {
  struct park *park = provider_park(invocation_provider(op->owner));
  const char *key = json_string_value(json_object_get(args, "key"));
  struct parked *parked = calloc(1, sizeof *parked);
  if (!parked || !key || !(parked->key = strdup(key))) {
    free(parked);
    op_finish_error(op, "usage", "outdial.single takes a text as its key");
    return;
  }
  parked->park = park;
  parked->op = op;
  parked->timer = timer_after(park->loop, PATIENCE, leave, parked);
  op->work = parked;
  struct parked **link = &park->first;
  while (*link) link = &(*link)->next;
  *link = parked;
}

static void cancel_park(struct op *op) {
  struct parked *parked = op->work;
  timer_cancel(parked->timer);
  unlink_parked(parked);
}

static void begin_wake(struct op *op, const json_t *args) {
  struct park *park = provider_park(invocation_provider(op->owner));
  const char *key = json_string_value(json_object_get(args, "key"));
  for (struct parked *parked = park->first; key && parked; parked = parked->next) {
    if (strcmp(parked->key, key) != 0) continue;
    timer_cancel(parked->timer);
    parked->timer = timer_after(park->loop, 0, leave, parked);
  }
  op_finish_value(op, json_true());
}

const struct op_kind provider_park_op = {"park", begin_park, cancel_park};
const struct op_kind provider_wake_op = {"wake", begin_wake, NULL};
