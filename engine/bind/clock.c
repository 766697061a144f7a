/* outdial.sleep and outdial.now, for flows. */
#include "base/clock.h"

#include "bind/internal.h"
#include "timer/timer.h"

int64_t bind_due(const struct op *op, double seconds) {
  static const double longest = 1e15; /* ms: more is for ever, and no integer any more */
  const struct bind_parts *parts = op->parts;
  int64_t since = op->since ? op->since : clock_now(parts->clock);
  return seconds * 1000 < longest ? since + (int64_t)(seconds * 1000) : INT64_MAX;
}

static void woken(void *context) {
  op_finish_value(context, json_true());
}

/* Counted from when the flow first asked. */
static void begin_sleep(struct op *op, const json_t *args) {
  const struct bind_parts *parts = op->parts;
  json_t *at = json_object_get(args, "at");
  double seconds = json_number_value(json_object_get(args, "seconds"));
  op->due = at ? json_integer_value(at) : bind_due(op, seconds);
  bool by_clock = at || op->since || parts->clock;
  op->work = by_clock ? timer_by(parts->loop, parts->clock, op->due, woken, op)
                      : timer_after(parts->loop, seconds, woken, op);
  if (!op->work) op_finish_error(op, "memory", "out of memory for a timer");
}

static void cancel_sleep(struct op *op) {
  timer_cancel(op->work);
}

static void begin_now(struct op *op, const json_t *args) {
  (void)args;
  const struct bind_parts *parts = op->parts;
  op_finish_value(op, json_integer(clock_now(parts->clock)));
}

const struct op_kind bind_sleep_op = {"sleep", begin_sleep, cancel_sleep, NULL};
const struct op_kind bind_now_op = {"now", begin_now, NULL, NULL};
