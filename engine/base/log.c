#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void log_line(const struct log *log, enum log_level level, const char *format, ...) {
  if (!log || !log->sink || level > log->most) return;
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  log->sink(log->context, level, line);
}

void log_source(const struct log *log, enum log_level level, const struct error *error) {
  if (error->line > 0) log_line(log, level, "%6d | %s", error->line, error->source);
}

void log_error(const struct log *log, enum log_level level, const struct error *error,
               const char *format, ...) {
  if (!log || !log->sink || level > log->most) return;
  char words[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(words, sizeof words, format, arguments);
  va_end(arguments);
  log_line(log, level, "%s%s", words, error->message);
  log_source(log, level, error);
}
