/* Errors as hosts get them, and the first thing that can be wrong: the size of a struct.
 */
#include "engine.h"
#include "script/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where "scripts/flows/pin.lua:12: …" says it happened; the message keeps it too. */
static void read_place(struct od_error *out) {
  size_t length = 0;
  out->line = place_line(out->message, &length);
  size_t skip = length < sizeof out->file ? 0 : length - sizeof out->file + 1;
  snprintf(out->file, sizeof out->file, "%.*s", (int)(length - skip),
           out->message + skip);
}

bool engine_error(struct od_error *out, const struct error *error) {
  if (!out) return false;
  *out = (struct od_error){0};
  snprintf(out->code, sizeof out->code, "%s", error->code);
  snprintf(out->message, sizeof out->message, "%s", error->message);
  read_place(out);
  snprintf(out->source, sizeof out->source, "%s", error->source);
  return false;
}

bool engine_refuse(struct od_error *out, const char *code, const char *message) {
  struct error error;
  error_set(&error, code, "%s", message);
  return engine_error(out, &error);
}

char *engine_give(json_t *told, const struct error *wrong, struct od_error *error) {
  char *text = told ? json_dumps(told, JSON_COMPACT) : NULL;
  if (told && !text)
    engine_refuse(error, "memory", "out of memory for a text");
  else if (!told)
    engine_error(error, wrong);
  json_decref(told);
  return text;
}

static bool is_zero(const char *bytes, size_t length) {
  while (length > 0 && !*bytes) bytes++, length--;
  return length == 0;
}

bool engine_take(void *own, size_t size, const void *given, size_t least,
                 const char *name, struct error *error) {
  size_t told = 0;
  if (given) memcpy(&told, given, sizeof told); /* their first member */
  if (told < least)
    return error_set(error, "misuse",
                     "the struct %s is not there, or its size is not set to its sizeof",
                     name);
  if (told > size && !is_zero((const char *)given + size, told - size))
    return error_set(error, "misuse",
                     "the struct %s asks for something that this library, outdial %s, "
                     "does not know; a newer one is needed",
                     name, OUTDIAL_VERSION);
  memset(own, 0, size);
  memcpy(own, given, told < size ? told : size);
  return true;
}
