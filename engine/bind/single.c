/* What outdial.single, for providers, is made of: park {key} and wake {key}. */
#include "bind/internal.h"
#include "provider/invocation.h"
#include "provider/park.h"

static struct park *park_of(const struct op *op) {
  return invocation_park(op->owner);
}

static void woken(void *context) {
  op_finish_value(context, json_true());
}

static void begin_park(struct op *op, const json_t *args) {
  const char *key = json_string_value(json_object_get(args, "key"));
  if (key) op->work = park_wait(park_of(op), key, woken, op);
  if (!op->work) op_finish_error(op, "usage", "outdial.single takes a text as its key");
}

static void cancel_park(struct op *op) {
  park_cancel(op->work);
}

static void begin_wake(struct op *op, const json_t *args) {
  const char *key = json_string_value(json_object_get(args, "key"));
  if (key) park_wake(park_of(op), key);
  op_finish_value(op, json_true());
}

const struct op_kind bind_park_op = {"park", begin_park, cancel_park, NULL};
const struct op_kind bind_wake_op = {"wake", begin_wake, NULL, NULL};
