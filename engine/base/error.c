#include "base/error.h"

#include <stdio.h>

bool error_set(struct error *error, const char *code, const char *format, ...) {
  if (!error) return false;
  snprintf(error->code, sizeof error->code, "%s", code);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  error->line = 0;
  error->source[0] = '\0';
  return false;
}
