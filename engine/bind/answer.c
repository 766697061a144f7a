/* What became of a request, as scripts read it. */
#include "bind/internal.h"
#include "script/value.h"

#include <stdlib.h>
#include <string.h>

/* An answer's JSON is a field of a value in a list of values. */
enum { LEVELS = VALUE_DEPTH - 2 };

/* Written as JSON, a byte of the body has at most six, and is there as text and parsed.
 */
enum { SURELY_SMALL = VALUE_LIMIT / 13 };

/* A script's text is UTF-8: bytes that are not show as "?". */
static json_t *text_value(const char *bytes, size_t length) {
  json_t *text = json_stringn(bytes, length);
  if (text) return text;
  char *plain = malloc(length + 1);
  if (!plain) return NULL;
  for (size_t i = 0; i < length; i++)
    plain[i] = (char)((unsigned char)bytes[i] < 0x80 ? bytes[i] : '?');
  text = json_stringn(plain, length);
  free(plain);
  return text;
}

/* Values nest only so deep. */
static bool is_shallow(json_t *value, int levels) {
  if (!json_is_object(value) && !json_is_array(value)) return true;
  if (levels == 0) return false;
  size_t i;
  const char *key;
  json_t *part;
  json_array_foreach (value, i, part)
    if (!is_shallow(part, levels - 1)) return false;
  json_object_foreach (value, key, part)
    if (!is_shallow(part, levels - 1)) return false;
  return true;
}

static bool is_small(const json_t *value, const struct http_answer *answer) {
  if (answer->body_length <= SURELY_SMALL) return true;
  char *text = json_dumps(value, JSON_COMPACT);
  bool small = text && strlen(text) < VALUE_LIMIT - 16; /* and what is around it */
  free(text);
  return small;
}

static json_t *header_values(const struct http_answer *answer) {
  json_t *headers = json_object();
  for (size_t i = 0; i < answer->header_count; i++)
    json_object_set_new(
        headers, answer->headers[i].name,
        text_value(answer->headers[i].value, strlen(answer->headers[i].value)));
  return headers;
}

/* NULL when no script can take it. */
static json_t *make_value(const struct http_answer *answer) {
  json_t *value = json_pack("{si, so, so}", "status", answer->status, "headers",
                            header_values(answer), "body",
                            text_value(answer->body, answer->body_length));
  json_t *parsed = json_loadb(answer->body, answer->body_length,
                              JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  if (value && parsed && is_shallow(parsed, LEVELS))
    json_object_set(value, "json", parsed);
  json_decref(parsed);
  if (value && is_small(value, answer)) return value;
  json_decref(value);
  return NULL;
}

void bind_finish(struct op *op, const struct http_answer *answer,
                 const struct http_failure *failure) {
  json_t *value = answer ? make_value(answer) : NULL;
  if (value)
    op_finish_value(op, value);
  else if (failure)
    op_finish_refusal(op, json_pack("{ss, ss, ss}", "code", failure->error.code,
                                    "message", failure->error.message, "sent",
                                    failure->sent ? "maybe" : "no"));
  else
    op_finish_refusal(op,
                      json_pack("{ss, ss, ss}", "code", "too_large", "message",
                                "the answer is too large for a script", "sent", "maybe"));
}
