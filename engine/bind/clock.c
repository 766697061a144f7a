/* outdial.sleep and outdial.now, for flows. */
#include "base/clock.h"

#include "bind/internal.h"
#include "timer/timer.h"

static void woken(void *context) {
  op_finish_value(context, json_true());
}

static void begin_sleep(struct op *op, const json_t *args) {
  const struct bind_parts *parts = op->parts;
  json_t *at = json_object_get(args, "at");
  json_t *seconds = json_object_get(args, "seconds");
  op->work = at ? timer_at(parts->loop, json_integer_value(at), woken, op)
                : timer_after(parts->loop, json_number_value(seconds), woken, op);
  if (!op->work) op_finish_error(op, "memory", "out of memory for a timer");
}

static void cancel_sleep(struct op *op) {
  timer_cancel(op->work);
}

static void begin_now(struct op *op, const json_t *args) {
  (void)args;
  op_finish_value(op, json_integer(clock_wall_ms()));
}

const struct op_kind bind_sleep_op = {"sleep", begin_sleep, cancel_sleep};
const struct op_kind bind_now_op = {"now", begin_now, NULL};
