/* Where the engine's own remarks go; the host says where. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

/* Called on the loop's thread, one line a call, without a newline. No secret and no
 * collected digit may ever be passed in. */
typedef void (*log_sink)(void *context, enum log_level level, const char *line);

struct log {
  log_sink sink; /* NULL drops everything */
  void *context;
  enum log_level most; /* lines above this level are dropped */
};

__attribute__((format(printf, 3, 4))) void
log_line(const struct log *log, enum log_level level, const char *format, ...);

/* The line of the script that is at fault: "    18 | local x = nothing.there"; nothing
 * where it is not known. */
void log_source(const struct log *log, enum log_level level, const struct error *error);

/* What went wrong, after the words of the format, and then log_source. */
__attribute__((format(printf, 4, 5))) void log_error(const struct log *log,
                                                     enum log_level level,
                                                     const struct error *error,
                                                     const char *format, ...);

#endif
