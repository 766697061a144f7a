#include "base/error.h"

#include <stdio.h>

/* What found no room may have left half a character behind. */
static void drop_last(char *text, size_t length) {
  while (length > 0 && (text[--length] & 0xc0) == 0x80) continue;
  if (text[length] & 0x80) text[length] = '\0';
}

bool error_set(struct error *error, const char *code, const char *format, ...) {
  if (!error) return false;
  snprintf(error->code, sizeof error->code, "%s", code);
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  if (length >= (int)sizeof error->message)
    drop_last(error->message, sizeof error->message - 1);
  error->line = 0;
  error->source[0] = '\0';
  return false;
}
