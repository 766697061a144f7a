#include "base/buffer.h"

#include "base/locale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(struct buffer *buffer) {
  buffer->failed = true;
  return false;
}

static bool reserve(struct buffer *buffer, size_t more) {
  size_t limit = buffer->limit ? buffer->limit : BUFFER_LIMIT;
  if (more > limit || buffer->length > limit - more) return refuse(buffer);
  size_t needed = buffer->length + more + 1;
  if (needed <= buffer->capacity) return true;
  size_t capacity = buffer->capacity ? buffer->capacity : 64;
  while (capacity < needed) capacity *= 2;
  char *data = realloc(buffer->data, capacity);
  if (!data) return refuse(buffer);
  buffer->data = data;
  buffer->capacity = capacity;
  return true;
}

bool buffer_append(struct buffer *buffer, const void *bytes, size_t length) {
  if (!reserve(buffer, length)) return false;
  if (length) memcpy(buffer->data + buffer->length, bytes, length);
  buffer->length += length;
  buffer->data[buffer->length] = '\0';
  return true;
}

bool buffer_text(struct buffer *buffer, const char *text) {
  return buffer_append(buffer, text, strlen(text));
}

bool buffer_printf(struct buffer *buffer, const char *format, ...) {
  char few[64];
  locale_t outside = locale_plain();
  va_list arguments;
  va_start(arguments, format);
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(few, sizeof few, format, arguments);
  va_end(arguments);
  bool fits = length >= 0 && reserve(buffer, (size_t)length);
  if (fits && (size_t)length < sizeof few)
    buffer_append(buffer, few, (size_t)length);
  else if (fits)
    buffer->length += (size_t)vsnprintf(buffer->data + buffer->length, (size_t)length + 1,
                                        format, again);
  va_end(again);
  uselocale(outside);
  return fits ? true : refuse(buffer);
}

bool buffer_integer(struct buffer *buffer, int64_t number) {
  char digits[24], *at = digits + sizeof digits;
  uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do *--at = (char)('0' + left % 10);
  while (left /= 10);
  if (number < 0) *--at = '-';
  return buffer_append(buffer, at, (size_t)(digits + sizeof digits - at));
}

static void escape(struct buffer *buffer, unsigned char byte) {
  static const char letters[] = "btnvfr"; /* for 8 to 13; JSON has no \v */
  if (byte == '"' || byte == '\\')
    buffer_append(buffer, (char[]){'\\', (char)byte}, 2);
  else if (byte >= 8 && byte <= 13 && byte != 11)
    buffer_append(buffer, (char[]){'\\', letters[byte - 8]}, 2);
  else
    buffer_printf(buffer, "\\u%04x", byte);
}

/* So many bytes stand for themselves. */
static size_t plain_span(const char *text, size_t length) {
  static const bool escaped[256] = {
      1,         1,          1,          1, 1, 1, 1, 1,
      1,         1,          1,          1, 1, 1, 1, 1, /* to 15 */
      1,         1,          1,          1, 1, 1, 1, 1,
      1,         1,          1,          1, 1, 1, 1, 1, /* to 31 */
      ['"'] = 1, ['\\'] = 1, [0x7f] = 1,
  };
  size_t at = 0;
  while (at < length && !escaped[(unsigned char)text[at]]) at++;
  return at;
}

/* Most texts hold nothing to escape. */
bool buffer_json(struct buffer *buffer, const char *text, size_t length) {
  if (!text) return buffer_text(buffer, "null");
  if (!reserve(buffer, length + 2)) return false;
  buffer_append(buffer, "\"", 1);
  for (size_t at = 0, plain; at < length; at += plain + 1) {
    plain = plain_span(text + at, length - at);
    buffer_append(buffer, text + at, plain);
    if (at + plain < length) escape(buffer, (unsigned char)text[at + plain]);
  }
  buffer_append(buffer, "\"", 1);
  return !buffer->failed;
}

const char *buffer_string(const struct buffer *buffer) {
  return buffer->data ? buffer->data : "";
}

void buffer_clear(struct buffer *buffer) {
  buffer->length = 0;
  buffer->failed = false;
  if (buffer->data) buffer->data[0] = '\0';
}

void buffer_free(struct buffer *buffer) {
  free(buffer->data);
  *buffer = (struct buffer){.limit = buffer->limit};
}
