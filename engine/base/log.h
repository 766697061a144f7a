/* Where the engine's own remarks go; the host says where. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

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

#endif
