#include "cli/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

enum { REPLACEMENT = 0xfffd };

/* How many bytes the sequence that starts with this byte has; 0 where none can. */
static size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

static bool is_scalar(uint32_t code, size_t length) {
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[length] || code > 0x10ffff) return false;
  return code < 0xd800 || code > 0xdfff;
}

/* Reads one character and returns its length in bytes; a broken one counts one byte. */
static size_t decode(const char *text, uint32_t *code) {
  const unsigned char *bytes = (const unsigned char *)text;
  size_t length = sequence_length(bytes[0]);
  *code = REPLACEMENT;
  if (length == 0) return 1;
  if (length == 1) return *code = bytes[0], 1;
  uint32_t value = bytes[0] & (0x7fU >> length);
  for (size_t i = 1; i < length; i++) {
    if ((bytes[i] & 0xc0) != 0x80) return 1; /* also stops at the closing NUL */
    value = value << 6 | (bytes[i] & 0x3f);
  }
  if (!is_scalar(value, length)) return 1;
  *code = value;
  return length;
}

/* Characters that move the cursor, hide, or turn the reading direction around: what is
 * shown would not be what is there. */
static bool is_hostile(uint32_t code) {
  static const uint32_t ranges[][2] = {
      {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},
      {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
      {0xfeff, 0xfeff}, {0xfff0, 0xfffc}, {0xe000, 0xf8ff}, {0xe0000, 0x10ffff},
  };
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (code >= ranges[i][0] && code <= ranges[i][1]) return true;
  return false;
}

static const char *ascii_for(uint32_t code) {
  switch (code) {
  case 0x2022:
    return "*"; /* bullet */
  case 0x2026:
    return "..."; /* ellipsis */
  case 0x2013:    /* dashes */
  case 0x2014:
    return "-";
  case 0x2018: /* quotation marks */
  case 0x2019:
    return "'";
  case 0x201c:
  case 0x201d:
    return "\"";
  case 0xd7:
    return "x";
  default:
    return "?";
  }
}

static void put(FILE *out, const char *bytes, size_t length, uint32_t code,
                bool unicode) {
  if (code == '\n' || code == '\r' || code == '\t') code = ' ', bytes = " ", length = 1;
  if (is_hostile(code)) code = REPLACEMENT;
  if (code < 0x80)
    fwrite(bytes, 1, length, out);
  else if (!unicode)
    fputs(ascii_for(code), out);
  else if (code == REPLACEMENT)
    fputs("\xef\xbf\xbd", out);
  else
    fwrite(bytes, 1, length, out);
}

char *text_clean(const char *text, bool unicode) {
  char *copy = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&copy, &size);
  if (!out) return NULL;
  const char *end = text + TEXT_LIMIT;
  while (*text && text < end) {
    uint32_t code;
    size_t length = decode(text, &code);
    put(out, text, length, code, unicode);
    text += length;
  }
  if (*text) fputs(unicode ? "\xe2\x80\xa6" : "...", out);
  return fclose(out) == 0 ? copy : NULL;
}

/* A character the locale does not know is taken to be one column wide. */
static unsigned columns_of(uint32_t code) {
  int columns = code < 0x80 ? 1 : wcwidth((wchar_t)code);
  return columns < 0 ? 1 : (unsigned)columns;
}

unsigned text_columns(const char *text) {
  unsigned columns = 0;
  while (*text) {
    uint32_t code;
    text += decode(text, &code);
    columns += columns_of(code);
  }
  return columns;
}

size_t text_fit(const char *text, unsigned columns) {
  unsigned used = 0;
  size_t at = 0, space = 0;
  while (text[at]) {
    uint32_t code;
    size_t length = decode(text + at, &code);
    if (code == ' ') space = at;
    used += columns_of(code);
    if (used > columns && code != ' ') return space ? space : at ? at : length;
    at += length;
  }
  return at;
}
