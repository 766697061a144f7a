#include "script/literals.h"

#include "script/utf8.h"
#include "script/value.h"

#include <string.h>

enum { EXACT_DIGITS = 15 }; /* every integer of so many digits is exact as a float */

struct scan {
  const char *text;
  size_t length;
  size_t at;     /* the next byte to look at */
  size_t copied; /* what comes before is in out */
  int depth;
  const char *nonce;
  struct buffer *out;
  struct error *error;
};

static bool refuse(struct scan *scan, const char *what) {
  return error_set(scan->error, "json", "not JSON: %s at character %zu", what,
                   scan->at + 1);
}

static int byte_at(const struct scan *scan, size_t at) {
  return at < scan->length ? (unsigned char)scan->text[at] : -1;
}

static bool is_digit(int byte) {
  return byte >= '0' && byte <= '9';
}

static bool is_blank(int byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void copy(struct scan *scan) {
  buffer_append(scan->out, scan->text + scan->copied, scan->at - scan->copied);
  scan->copied = scan->at;
}

static size_t marked_length(const struct scan *scan) {
  return scan->out->length + scan->at - scan->copied;
}

static bool pass(struct scan *scan, size_t end) {
  scan->at = end;
  return true;
}

/* Appends a string that stands for the bytes up to end. */
static bool mark(struct scan *scan, const char *bytes, size_t length, size_t end) {
  copy(scan);
  buffer_text(scan->out, "\"");
  buffer_text(scan->out, scan->nonce);
  buffer_append(scan->out, bytes, length);
  buffer_text(scan->out, "\"");
  scan->copied = end;
  return pass(scan, end);
}

static size_t digits_end(const struct scan *scan, size_t at) {
  while (is_digit(byte_at(scan, at))) at++;
  return at;
}

/* After the part that starts at at, if there is one; 0 if it lacks its digits. */
static size_t fraction_end(const struct scan *scan, size_t at) {
  if (byte_at(scan, at) != '.') return at;
  size_t end = digits_end(scan, at + 1);
  return end > at + 1 ? end : 0;
}

static size_t exponent_end(const struct scan *scan, size_t at) {
  if ((byte_at(scan, at) | 0x20) != 'e') return at;
  int sign = byte_at(scan, at + 1);
  size_t first = at + (sign == '+' || sign == '-' ? 2 : 1);
  size_t end = digits_end(scan, first);
  return end > first ? end : 0;
}

static bool scan_number(struct scan *scan) {
  size_t first = scan->at + (byte_at(scan, scan->at) == '-');
  size_t whole = digits_end(scan, first);
  bool padded = byte_at(scan, first) == '0' && whole > first + 1;
  if (whole == first || padded) return refuse(scan, "invalid number");
  size_t fraction = fraction_end(scan, whole);
  size_t end = fraction ? exponent_end(scan, fraction) : 0;
  if (!end) return refuse(scan, "invalid number");
  if (end == whole && whole - first > EXACT_DIGITS)
    return mark(scan, scan->text + scan->at, end - scan->at, end);
  return pass(scan, end);
}

/* The contents are left to lua-cjson but for what it does not look at. */
static bool scan_string(struct scan *scan) {
  size_t end = scan->at + 1;
  for (; byte_at(scan, end) != '"'; end++) {
    if (byte_at(scan, end) == '\\') end++;
    int byte = byte_at(scan, end);
    if (byte < 0) return refuse(scan, "a string without end");
    if (byte >= 0x20) continue;
    scan->at = end;
    return refuse(scan, "a control character in a string");
  }
  end++;
  size_t valid = utf8_span(scan->text + scan->at, end - scan->at);
  if (scan->at + valid == end) return pass(scan, end);
  scan->at += valid;
  return refuse(scan, "text that is not UTF-8");
}

static bool scan_open(struct scan *scan) {
  if (++scan->depth > VALUE_DEPTH) return refuse(scan, "nested too deep");
  if (byte_at(scan, scan->at) == '{') return pass(scan, scan->at + 1);
  size_t next = scan->at + 1;
  while (is_blank(byte_at(scan, next))) next++;
  if (byte_at(scan, next) != ']') return pass(scan, scan->at + 1);
  scan->depth--;
  return mark(scan, "[", 1, next + 1);
}

static bool scan_token(struct scan *scan) {
  int byte = byte_at(scan, scan->at);
  if (byte == '"') return scan_string(scan);
  if (byte == '-' || is_digit(byte)) return scan_number(scan);
  if (byte == '[' || byte == '{') return scan_open(scan);
  if (byte == ']' || byte == '}') scan->depth--;
  if (byte < 0x20 && !is_blank(byte)) return refuse(scan, "a control character");
  return pass(scan, scan->at + 1);
}

bool literals_mark(const char *text, size_t length, const char *nonce, struct buffer *out,
                   struct error *error) {
  struct scan scan = {text, length, 0, 0, 0, nonce, out, error};
  while (scan.at < length)
    if (!scan_token(&scan)) return false;
  copy(&scan);
  if (out->failed) return error_set(error, "json", "the JSON text is too large");
  return true;
}

size_t literals_position(const char *text, size_t length, const char *nonce,
                         size_t marked) {
  struct buffer out = {0};
  struct scan scan = {text, length, 0, 0, 0, nonce, &out, NULL};
  size_t position = length + 1;
  while (scan.at < length && position > length) {
    size_t token = scan.at, start = marked_length(&scan);
    if (!scan_token(&scan)) break;
    if (marked_length(&scan) >= marked) position = token + (marked - start);
  }
  buffer_free(&out);
  return position;
}
