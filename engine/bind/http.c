/* outdial.http, for providers, and for flows where the host does not stand in. */
#include "bind/internal.h"

#include <stdlib.h>
#include <string.h>

static bool add_header(struct bind_request *read, const char *name, const char *value) {
  size_t limit = sizeof read->headers / sizeof *read->headers;
  if (read->request.header_count == limit) return false;
  read->headers[read->request.header_count++] = (struct http_header){name, value};
  return true;
}

static bool read_headers(struct bind_request *read, const json_t *headers,
                         struct error *error) {
  const char *name;
  json_t *value;
  json_object_foreach ((json_t *)headers, name, value) {
    if (!json_is_string(value))
      return error_set(error, "invalid", "the header '%s' must be a text", name);
    if (!add_header(read, name, json_string_value(value)))
      return error_set(error, "invalid", "more than 64 headers");
  }
  return true;
}

static bool has_content_type(const struct bind_request *read) {
  for (size_t i = 0; i < read->request.header_count; i++)
    if (strcasecmp(read->headers[i].name, "content-type") == 0) return true;
  return false;
}

/* A text goes as it is, anything else as JSON. */
static bool read_body(struct bind_request *read, const json_t *body,
                      struct error *error) {
  if (!body || json_is_null(body)) return true;
  if (json_is_string(body)) {
    read->request.body = json_string_value(body);
    read->request.body_length = json_string_length(body);
    return true;
  }
  read->body = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
  if (!read->body) return error_set(error, "memory", "out of memory for a request");
  read->request.body = read->body;
  read->request.body_length = strlen(read->body);
  if (has_content_type(read)) return true;
  return add_header(read, "Content-Type", "application/json") ||
         error_set(error, "invalid", "more than 64 headers");
}

bool bind_request_read(struct bind_request *read, const json_t *args,
                       struct error *error) {
  read->request.method = json_string_value(json_object_get(args, "method"));
  read->request.url = json_string_value(json_object_get(args, "url"));
  read->request.deadline = json_number_value(json_object_get(args, "deadline"));
  read->request.headers = read->headers;
  if (!read->request.url) return error_set(error, "invalid", "a request needs a url");
  return read_headers(read, json_object_get(args, "headers"), error) &&
         read_body(read, json_object_get(args, "body"), error);
}

void bind_request_free(struct bind_request *read) {
  free(read->body);
}

static void done(void *context, const struct http_answer *answer,
                 const struct http_failure *failure) {
  bind_finish(context, answer, failure);
}

/* After a crash in the middle: only what changes nothing may be asked again (RFC 9110,
 * 9.2.1). */
static bool is_repeatable(const json_t *args) {
  const char *method = json_string_value(json_object_get(args, "method"));
  return !method || strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void begin(struct op *op, const json_t *args) {
  const struct bind_parts *parts = op->parts;
  struct bind_request read = {0};
  struct error error;
  if (op->since && !is_repeatable(args)) {
    op_finish_refusal(op, json_pack("{ss, ss, ss}", "code", "interrupted", "message",
                                    "the engine stopped during this request", "sent",
                                    "maybe"));
    return;
  }
  if (bind_request_read(&read, args, &error))
    op->work = http_send(parts->client, &read.request, done, op, &error);
  bind_request_free(&read);
  if (op->work) return;
  op_finish_refusal(op, json_pack("{ss, ss, ss}", "code", error.code, "message",
                                  error.message, "sent", "no"));
}

static void cancel(struct op *op) {
  http_cancel(op->work);
}

static bool touches(const json_t *args) {
  (void)args;
  return true;
}

static void begin_for_flow(struct op *op, const json_t *args) {
  const struct bind_parts *parts = op->parts;
  if (!host_stands_in(parts->host, "outdial.http", op, args)) begin(op, args);
}

const struct op_kind bind_http_op = {"http", begin, cancel, touches};
const struct op_kind bind_flow_http_op = {"http", begin_for_flow, cancel, touches};
