/* HTTP requests on the loop: libcurl's multi_socket on libev. Nothing here blocks. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/error.h"
#include "base/log.h"

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

struct http_client;
struct http_transfer; /* one request under way */

struct http_header {
  const char *name, *value;
};

struct http_request {
  const char *method; /* "GET" when NULL; any method may carry a body */
  const char *url;    /* http or https */
  const struct http_header *headers;
  size_t header_count;
  const char *body; /* NULL for none */
  size_t body_length;
  double deadline;        /* seconds for the whole exchange; 0 means 30, at most 300 */
  double connect_timeout; /* seconds; 0 means 10 */
  size_t answer_limit;    /* bytes of body taken; 0 means 1 MiB */
  bool fresh;             /* on a new connection, once: for requests that must not be
                             sent twice. libcurl re-sends silently on a dead kept one */
};

struct http_answer {
  int status;
  const struct http_header *headers; /* names in lower case */
  size_t header_count;
  const char *body; /* never NULL, NUL-terminated */
  size_t body_length;
};

/* error.code is one of: "resolve", "refused" (no connection), "tls", "timeout", "cut"
 * (broken off), "too_large", "invalid" (bad URL or header), "canceled", "internal". */
struct http_failure {
  struct error error;
  bool sent; /* true: request bytes may have reached the other side ("maybe") */
};

/* Called once per request, on the loop's thread, never from inside http_send. Exactly one
 * of answer and failure is given; both are valid during the call only. */
typedef void (*http_done_fn)(void *context, const struct http_answer *answer,
                             const struct http_failure *failure);

/* log may be NULL; URLs are logged without their query, bodies and headers never. */
struct http_client *http_client_new(struct ev_loop *loop, const struct log *log);

/* Cancels what is under way (done is called with "canceled") and frees. */
void http_client_free(struct http_client *client);

/* Copies what it needs of the request. NULL with *error set when the request is not
 * usable; done is then not called. TLS is verified; redirects are never followed; the
 * environment's proxies are not used. Content-Length and Transfer-Encoding are the
 * client's to write and refused among the headers. */
struct http_transfer *http_send(struct http_client *client,
                                const struct http_request *request, http_done_fn done,
                                void *context, struct error *error);

/* Whether any request is under way. */
bool http_client_is_busy(const struct http_client *client);

/* Stops the transfer without calling done, at once, even inside a name lookup. */
void http_cancel(struct http_transfer *transfer);

/* The header's value, or NULL; name in lower case. */
const char *http_header_find(const struct http_answer *answer, const char *name);

#endif
