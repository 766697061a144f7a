#include "run/ending.h"

static json_t *pack(const char *code, const char *message) {
  return json_pack("{ss, ss}", "code", code, "message", message);
}

/* With the line of the script that is at fault. */
static json_t *pack_failure(const struct error *failed) {
  const char *source = failed->line > 0 ? failed->source : NULL;
  return json_pack("{ss, ss, ss*}", "code", failed->code, "message", failed->message,
                   "source", source);
}

/* What a flow returned beside nil: an error in its own words, or a text. */
static json_t *error_in(json_t *wrong) {
  const char *code = json_string_value(json_object_get(wrong, "code"));
  json_t *message = json_is_string(wrong) ? wrong : json_object_get(wrong, "message");
  json_t *error =
      pack(code ? code : "failed", json_is_string(message) ? json_string_value(message)
                                                           : "the flow gave no reason");
  if (json_is_object(wrong)) json_object_update_missing(error, wrong);
  return error;
}

struct ending ending_of(const json_t *values, const struct error *failed,
                        json_t *hung_up) {
  struct ending ending = {.state = "completed"};
  json_t *value = json_array_get(values, 0), *wrong = json_array_get(values, 1);
  if (failed)
    ending.error = pack_failure(failed);
  else if (value && !json_is_null(value))
    ending.result = json_incref(value);
  else if (json_is_object(wrong) || json_is_string(wrong))
    ending.error = error_in(wrong);
  else
    ending.error = json_incref(hung_up);
  json_decref(hung_up);
  if (ending.error) ending.state = "failed";
  return ending;
}
