#include "script/place.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The digits between "pin.lua:" and the first ": "; NULL when there are none. */
static const char *digits_of(const char *text, const char **end) {
  static const char suffix[] = ".lua:";
  size_t length = sizeof suffix - 1;
  *end = strstr(text, ": ");
  if (!*end) return NULL;
  const char *digits = *end;
  while (digits > text && digits[-1] >= '0' && digits[-1] <= '9') digits--;
  bool placed = digits < *end && (size_t)(digits - text) > length &&
                strncmp(digits - length, suffix, length) == 0;
  return placed ? digits : NULL;
}

size_t place_span(const char *text) {
  const char *end;
  return digits_of(text, &end) ? (size_t)(end + 2 - text) : 0;
}

int place_line(const char *text, size_t *length) {
  const char *end, *digits = digits_of(text, &end);
  if (!digits) return 0;
  if (length) *length = (size_t)(digits - 1 - text);
  return (int)strtol(digits, NULL, 10);
}
