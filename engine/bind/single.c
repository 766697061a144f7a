/* What outdial.single, for providers, is made of: enter {key} and leave {key}. */
#include "bind/internal.h"
#include "provider/invocation.h"
#include "provider/park.h"

static struct park *park_of(const struct op *op) {
  return invocation_park(op->owner);
}

static void left(void *context, bool woken) {
  if (woken)
    op_finish_value(context, json_false());
  else
    op_finish_error(context, "timeout", "waited too long for the one inside");
}

/* True: inside; false: whoever was has left. */
static void begin_enter(struct op *op, const json_t *args) {
  const char *key = json_string_value(json_object_get(args, "key"));
  op->work = NULL;
  if (key && park_enter(park_of(op), key, op->owner)) {
    op_finish_value(op, json_true());
    return;
  }
  if (key) op->work = park_wait(park_of(op), key, left, op);
  if (!op->work) op_finish_error(op, "usage", "outdial.single takes a text as its key");
}

static void cancel_enter(struct op *op) {
  park_cancel(op->work);
}

static void begin_leave(struct op *op, const json_t *args) {
  park_leave(park_of(op), json_string_value(json_object_get(args, "key")), op->owner);
  op_finish_value(op, json_true());
}

const struct op_kind bind_enter_op = {"enter", begin_enter, cancel_enter, NULL};
const struct op_kind bind_leave_op = {"leave", begin_leave, NULL, NULL};
