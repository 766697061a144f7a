/* An HTTP server on the loop, for webhooks and for the control API. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/error.h"
#include "base/log.h"

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

struct http_server;
struct http_exchange; /* one request that waits for its answer */

struct http_incoming {
  const char *method; /* as sent: "POST" */
  const char *path;   /* percent-decoded, without the query */
  const char *body;   /* never NULL, NUL-terminated; complete */
  size_t body_length;
  struct http_exchange *exchange; /* for http_incoming_query and _header */
};

/* Called on the loop's thread when a request is complete; what breaks HTTP, hides a NUL
 * in its address or exceeds a limit is refused before. It must be answered exactly once
 * with http_answer_send, now or later; incoming is valid during the call only. */
typedef void (*http_serve_fn)(void *context, struct http_exchange *exchange,
                              const struct http_incoming *incoming);

struct http_server_plan {
  const char *address; /* "127.0.0.1", "::1", "0.0.0.0" …, or "unix:/path": a socket for
                          its owner only, which goes with the server */
  unsigned short port; /* 0: the kernel chooses; ask http_server_port. Not for unix: */
  size_t body_limit;   /* bytes; more gets 413; 0 means 65,536 */
  double patience;     /* seconds a client may take to send its request, and an idle
                          kept connection may stay; 0 means 10 */
  unsigned connections; /* at once; 0 means 1,024 */
  unsigned per_address; /* at once from one address; 0 means no limit of its own */
  http_serve_fn serve;
  void *context;
  const struct log *log; /* may be NULL */
};

/* NULL with *error ("listen") when the address cannot be listened on. */
struct http_server *http_server_new(struct ev_loop *loop,
                                    const struct http_server_plan *plan,
                                    struct error *error);

/* Stops listening, answers what still waits with 503, ends streams, and frees. Serve must
 * not call it. */
void http_server_free(struct http_server *server);
unsigned short http_server_port(const struct http_server *server);

/* The first value of a query parameter or header of a request that is not yet answered;
 * NULL if absent, "" if without a value. Query names are case-sensitive. */
const char *http_incoming_query(const struct http_exchange *exchange, const char *name);
const char *http_incoming_header(const struct http_exchange *exchange, const char *name);

/* The first query parameter that is not one of the known (NULL-ended); NULL if all are.
 */
const char *http_incoming_unknown(const struct http_exchange *exchange,
                                  const char *const *known);

/* Answers and gives the exchange up; body is copied, content type is application/json.
 * Harmless when the client has gone meanwhile. May be called inside serve or later, from
 * the loop's thread. */
void http_answer_send(struct http_exchange *exchange, int status, const char *body,
                      size_t length);

/* How an answer begins. Zero it and set what you need. */
struct http_head {
  int status;
  const char *type;         /* content type; NULL: application/json */
  const char *name, *value; /* one more header, or NULL */
};

/* As http_answer_send, with more to say. */
void http_answer_give(struct http_exchange *exchange, const struct http_head *head,
                      const char *body, size_t length);

/* An answer that goes on: gives the exchange up and begins one without an end yet. gone
 * tells, perhaps inside http_server_free, that the client has left; the stream is no more
 * then. NULL, and the exchange is still to be answered, if out of memory. */
struct http_stream;
typedef void (*http_gone_fn)(void *context);
struct http_stream *http_stream_open(struct http_exchange *exchange,
                                     const struct http_head *head, http_gone_fn gone,
                                     void *context);

/* Sends more (copied). False when the client is more than 1 MiB behind: it is cut, and
 * gone will tell. Whether a client is still there shows by sending only. */
bool http_stream_send(struct http_stream *stream, const char *bytes, size_t length);

/* Ends it behind what was sent, and gives it up: gone is not called any more. */
void http_stream_close(struct http_stream *stream);

#endif
