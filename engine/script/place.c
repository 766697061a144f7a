#include "script/place.h"

#include "script/utf8.h"

#include <stdio.h>
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

bool place_source(const char *script, int line, char *out, size_t size) {
  static const char blanks[] = " \t\r";
  for (; script && line > 1; line--) {
    script = strchr(script, '\n');
    if (script) script++;
  }
  if (!script || line < 1) return false;
  script += strspn(script, blanks);
  size_t length = strcspn(script, "\n");
  while (length > 0 && strchr(blanks, script[length - 1])) length--;
  snprintf(out, size, "%.*s", (int)length, script);
  utf8_clean(out);
  return length > 0;
}
