#include "script/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the character that starts with lead, 0 if none does; the range of the second
 * byte is what keeps out overlong forms, surrogates and numbers over U+10FFFF. */
static size_t shape(unsigned char lead, unsigned char *least, unsigned char *most) {
  *least = 0x80;
  *most = 0xbf;
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead == 0xe0) *least = 0xa0;
  if (lead == 0xed) *most = 0x9f;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead == 0xf0) *least = 0x90;
  if (lead == 0xf4) *most = 0x8f;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* The length of the first character, 0 if it is not valid or not whole. */
static size_t character(const unsigned char *text, size_t length) {
  unsigned char least, most;
  size_t size = shape(text[0], &least, &most);
  if (size == 0 || size > length) return 0;
  if (size > 1 && (text[1] < least || text[1] > most)) return 0;
  for (size_t i = 2; i < size; i++)
    if ((text[i] & 0xc0) != 0x80) return 0;
  return size;
}

/* Whether the next eight bytes are ASCII. */
static bool plain(const char *text) {
  uint64_t bytes;
  memcpy(&bytes, text, sizeof bytes);
  return (bytes & UINT64_C(0x8080808080808080)) == 0;
}

size_t utf8_span(const char *text, size_t length) {
  size_t at = 0;
  while (at < length) {
    if (length - at >= 8 && plain(text + at)) { /* most are */
      at += 8;
      continue;
    }
    if ((unsigned char)text[at] < 0x80) {
      at++;
      continue;
    }
    size_t size = character((const unsigned char *)text + at, length - at);
    if (size == 0) break;
    at += size;
  }
  return at;
}

static bool cut_short(const unsigned char *text, size_t length) {
  unsigned char least, most;
  return shape(text[0], &least, &most) > length;
}

void utf8_clean(char *text) {
  size_t length = strlen(text);
  for (size_t at = 0; at < length;) {
    const unsigned char *here = (const unsigned char *)text + at;
    size_t size = character(here, length - at);
    if (size == 0 && cut_short(here, length - at)) {
      text[at] = '\0';
      return;
    }
    if (size == 0 || *here < 0x20 || *here == 0x7f) text[at] = '?';
    at += size ? size : 1;
  }
}
