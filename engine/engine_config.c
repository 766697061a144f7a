/* A host's config: of any size it says, and of values that make sense. */
#include "engine.h"

#include <stddef.h>

static bool is_allocator(const struct od_allocator *allocator) {
  return !allocator || allocator->resize;
}

static bool is_clock(const struct od_clock *clock) {
  return !clock || clock->now;
}

bool engine_config(struct od_config *own, const struct od_config *given,
                   struct error *error) {
  size_t least = offsetof(struct od_config, loop);
  if (!engine_take(own, sizeof *own, given, least, "od_config", error)) return false;
  if (own->log_level < OD_ERROR || own->log_level > OD_DEBUG)
    return error_set(error, "misuse", "od_config.log_level is none of enum od_level");
  if (!is_allocator(own->allocator) || !is_clock(own->clock))
    return error_set(error, "misuse",
                     "od_config.allocator and od_config.clock need their functions");
  return true;
}
