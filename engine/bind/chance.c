/* outdial.random and outdial.uuid, for flows. */
#include "base/id.h"

#include "bind/internal.h"

/* Evenly spread: draws that would favour the low end are thrown away. */
static bool draw(uint64_t range, uint64_t *out) {
  uint64_t bits, spare = range ? (UINT64_MAX % range + 1) % range : 0;
  do {
    if (!id_random(&bits, sizeof bits)) return false;
  } while (spare && bits > UINT64_MAX - spare);
  *out = range ? bits % range : bits;
  return true;
}

static void begin_random(struct op *op, const json_t *args) {
  json_int_t low = json_integer_value(json_object_get(args, "low"));
  json_int_t high = json_integer_value(json_object_get(args, "high"));
  uint64_t drawn;
  if (!draw((uint64_t)high - (uint64_t)low + 1, &drawn))
    op_finish_error(op, "internal", "the kernel gave no random numbers");
  else
    op_finish_value(op, json_integer((json_int_t)((uint64_t)low + drawn)));
}

static void begin_uuid(struct op *op, const json_t *args) {
  (void)args;
  char uuid[ID_UUID_SIZE];
  if (id_uuid(uuid))
    op_finish_value(op, json_string(uuid));
  else
    op_finish_error(op, "internal", "the kernel gave no random numbers");
}

const struct op_kind bind_random_op = {"random", begin_random, NULL, NULL};
const struct op_kind bind_uuid_op = {"uuid", begin_uuid, NULL, NULL};
