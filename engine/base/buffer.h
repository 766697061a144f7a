/* A growing run of bytes with a cap. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
  char *data;    /* always ends in a NUL that length does not count; NULL while empty */
  size_t length; /* bytes in use */
  size_t capacity;
  size_t limit; /* most bytes it may hold; 0 means BUFFER_LIMIT */
  bool failed;  /* an append was refused: out of memory or over the limit; stays set */
};

#define BUFFER_LIMIT ((size_t)64 << 20)

/* Each append returns false, leaves the contents alone and sets `failed` when the bytes
 * do not fit; so a writer may append many times and look at `failed` once. A zeroed
 * struct is an empty buffer. */
bool buffer_append(struct buffer *buffer, const void *bytes, size_t length);
bool buffer_text(struct buffer *buffer, const char *text);
bool buffer_integer(struct buffer *buffer, int64_t number);
__attribute__((format(printf, 2, 3))) bool buffer_printf(struct buffer *buffer,
                                                         const char *format, ...);

/* Appends text as a JSON string with its quotes. Bytes pass through as UTF-8; control
 * characters, quotes and backslashes are escaped (RFC 8259, 7). NULL text gives null. */
bool buffer_json(struct buffer *buffer, const char *text, size_t length);

/* The bytes as a C string; "" while empty. Owned by the buffer. */
const char *buffer_string(const struct buffer *buffer);

/* Forgets the contents and keeps the memory; clears `failed`. */
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

#endif
