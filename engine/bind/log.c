/* outdial.log, for flows: an op, so that a replay does not say it again. */
#include "bind/internal.h"
#include "run/run.h"

#include <string.h>

static void begin(struct op *op, const json_t *args) {
  const char *level = json_string_value(json_object_get(args, "level"));
  const char *message = json_string_value(json_object_get(args, "message"));
  run_tell(op->owner,
           json_pack("{ss, ss, ss}", "kind", "log", "level", level ? level : "info",
                     "message", message ? message : ""));
  op_finish_value(op, json_true());
}

const struct op_kind bind_log_op = {"log", begin, NULL, NULL};
