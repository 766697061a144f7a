#include "http/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
  METHOD_LIMIT = 32,        /* bytes */
  URL_LIMIT = 16 << 10,     /* bytes */
  HEADER_LIMIT = 100,       /* headers */
  HEADERS_LIMIT = 64 << 10, /* bytes of names and values together */
  BODY_LIMIT = 32 << 20,    /* bytes */
  ANSWER_DEFAULT = 1 << 20, /* bytes */
  ANSWER_LIMIT = 64 << 20,  /* bytes */
};

static const double deadline_default = 30, deadline_limit = 300, connect_default = 10;

/* RFC 9110, 5.6.2 */
static bool is_token(const char *text) {
  static const char allowed[] =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return *text && text[strspn(text, allowed)] == '\0';
}

/* RFC 9110, 5.5: a control character could start a header of its own. */
static bool is_value(const char *text) {
  for (; *text; text++) {
    unsigned char byte = (unsigned char)*text;
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return false;
  }
  return true;
}

/* The client frames the message; a second opinion on its length could split it. */
static bool is_framing(const char *name) {
  return strcasecmp(name, "Content-Length") == 0 ||
         strcasecmp(name, "Transfer-Encoding") == 0;
}

static bool check_header(const struct http_header *header, struct error *error) {
  if (!header->name || !is_token(header->name))
    return error_set(error, "invalid",
                     "a header's name is empty or has a character that "
                     "is not allowed there");
  if (!header->value || !is_value(header->value))
    return error_set(error, "invalid",
                     "the value of header %.60s has a line break or another control "
                     "character; take it out",
                     header->name);
  if (is_framing(header->name))
    return error_set(error, "invalid", "header %s is written by the engine; leave it out",
                     header->name);
  return true;
}

static bool check_headers(const struct http_request *request, struct error *error) {
  if (request->header_count > HEADER_LIMIT)
    return error_set(error, "invalid", "%zu headers are too many; at most %d are sent",
                     request->header_count, HEADER_LIMIT);
  size_t size = 0;
  for (size_t i = 0; i < request->header_count; i++) {
    const struct http_header *header = &request->headers[i];
    if (!check_header(header, error)) return false;
    size += strlen(header->name) + strlen(header->value);
  }
  if (size > HEADERS_LIMIT)
    return error_set(error, "invalid", "the headers are %zu bytes; at most %d are sent",
                     size, HEADERS_LIMIT);
  return true;
}

bool http_request_check(const struct http_request *request, struct error *error) {
  const char *method = request->method ? request->method : "GET";
  if (!is_token(method) || strlen(method) > METHOD_LIMIT)
    return error_set(error, "invalid", "the method is not a word such as GET or POST");
  if (strcmp(method, "HEAD") == 0 && request->body)
    return error_set(error, "invalid", "a HEAD request cannot carry a body");
  if (!request->url || strlen(request->url) > URL_LIMIT)
    return error_set(error, "invalid", "the URL is missing or longer than %d bytes",
                     URL_LIMIT);
  if (request->body && request->body_length > BODY_LIMIT)
    return error_set(error, "invalid", "the body is %zu bytes; at most %d are sent",
                     request->body_length, BODY_LIMIT);
  return check_headers(request, error);
}

bool http_request_has(const struct http_request *request, const char *name) {
  for (size_t i = 0; i < request->header_count; i++)
    if (strcasecmp(request->headers[i].name, name) == 0) return true;
  return false;
}

static double within(double seconds, double fallback, double most) {
  double wanted = seconds > 0 ? seconds : fallback;
  return wanted < most ? wanted : most;
}

static void fill_defaults(struct http_request *copy) {
  if (!copy->method) copy->method = "GET";
  if (!copy->body) copy->body_length = 0;
  copy->deadline = within(copy->deadline, deadline_default, deadline_limit);
  copy->connect_timeout = within(copy->connect_timeout, connect_default, copy->deadline);
  if (!copy->answer_limit) copy->answer_limit = ANSWER_DEFAULT;
  if (copy->answer_limit > ANSWER_LIMIT) copy->answer_limit = ANSWER_LIMIT;
}

static size_t text_size(const struct http_request *request) {
  size_t size = strlen(request->url) + 1 + request->body_length + 1;
  size += (request->method ? strlen(request->method) : 0) + 1;
  for (size_t i = 0; i < request->header_count; i++)
    size += strlen(request->headers[i].name) + strlen(request->headers[i].value) + 2;
  return size;
}

/* Puts the bytes and a NUL where *room points, moves it on, gives where they are. */
static const char *put(char **room, const char *bytes, size_t length) {
  char *at = *room;
  if (length) memcpy(at, bytes, length);
  at[length] = '\0';
  *room += length + 1;
  return at;
}

static const char *put_text(char **room, const char *text) {
  return text ? put(room, text, strlen(text)) : NULL;
}

struct http_request *http_request_copy(const struct http_request *request) {
  size_t count = request->header_count;
  size_t fixed = sizeof *request + count * sizeof(struct http_header);
  struct http_request *copy = malloc(fixed + text_size(request));
  if (!copy) return NULL;
  struct http_header *headers = (struct http_header *)(copy + 1);
  char *room = (char *)(headers + count);
  *copy = *request;
  copy->method = put_text(&room, request->method);
  copy->url = put_text(&room, request->url);
  copy->headers = headers;
  for (size_t i = 0; i < count; i++) {
    headers[i].name = put_text(&room, request->headers[i].name);
    headers[i].value = put_text(&room, request->headers[i].value);
  }
  if (request->body) copy->body = put(&room, request->body, request->body_length);
  fill_defaults(copy);
  return copy;
}
