#include "http/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define BODY_KEEP ((size_t)8192) /* of a kept connection, between requests */

static void open_exchange(struct http_server *server, struct MHD_Connection *connection,
                          void **slot) {
  int socket =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  struct http_exchange *exchange = calloc(1, sizeof *exchange);
  if (!exchange) {
    shutdown(socket, SHUT_RDWR);
    return;
  }
  exchange->server = server;
  exchange->connection = connection;
  exchange->socket = socket;
  exchange->body.limit = server->plan.body_limit;
  patience_begin(&server->patience, &exchange->patience);
  *slot = exchange;
}

static void close_exchange(struct http_server *server, struct http_exchange *exchange) {
  server_wake(server); /* there may be room for a client that waits to be accepted */
  if (!exchange) return;
  patience_end(&server->patience, &exchange->patience);
  buffer_free(&exchange->body);
  free(exchange);
}

void exchange_connection(void *server, struct MHD_Connection *connection, void **slot,
                         enum MHD_ConnectionNotificationCode what) {
  if (what == MHD_CONNECTION_NOTIFY_STARTED)
    open_exchange(server, connection, slot);
  else
    close_exchange(server, *slot);
}

static struct http_exchange *exchange_of(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
      ->socket_context;
}

void *exchange_request_line(void *server, const char *address,
                            struct MHD_Connection *connection) {
  (void)address;
  struct http_exchange *exchange = exchange_of(connection);
  if (!exchange) return NULL;
  exchange->stage = STAGE_HEAD;
  exchange->too_large = false;
  /* A first request's time runs from the connection's start. */
  if (exchange->kept)
    patience_begin(&((struct http_server *)server)->patience, &exchange->patience);
  return exchange;
}

size_t exchange_unescape(void *server, struct MHD_Connection *connection, char *text) {
  (void)server;
  size_t length = MHD_http_unescape(text);
  struct http_exchange *exchange = exchange_of(connection);
  if (exchange && strlen(text) != length) exchange->hollow = true;
  return length;
}

void exchange_cut(struct patience_entry *entry) {
  struct http_exchange *exchange =
      (struct http_exchange *)((char *)entry - offsetof(struct http_exchange, patience));
  log_line(exchange->server->plan.log, LEVEL_DEBUG,
           "http server: cut a client that took more than %g s",
           exchange->server->plan.patience);
  shutdown(exchange->socket, SHUT_RDWR); /* the daemon sees the end and closes */
}

static bool queue(struct http_exchange *exchange, const struct http_head *head,
                  struct MHD_Response *response) {
  const char *type = head->type ? head->type : "application/json";
  return MHD_add_response_header(response, "Content-Type", type) == MHD_YES &&
         (!head->name ||
          MHD_add_response_header(response, head->name, head->value) == MHD_YES) &&
         MHD_queue_response(exchange->connection, (unsigned)head->status, response) ==
             MHD_YES;
}

static bool queue_answer(struct http_exchange *exchange, const struct http_head *head,
                         const char *body, size_t length) {
  struct MHD_Response *response = MHD_create_response_from_buffer(
      length, (void *)(length ? body : ""), MHD_RESPMEM_MUST_COPY);
  if (!response) return false;
  bool queued = queue(exchange, head, response);
  MHD_destroy_response(response);
  return queued;
}

static void release_body(struct http_exchange *exchange) {
  if (exchange->body.capacity > BODY_KEEP) {
    buffer_free(&exchange->body);
    exchange->body.limit = exchange->server->plan.body_limit;
  }
  buffer_clear(&exchange->body);
}

static enum MHD_Result answer(struct http_exchange *exchange,
                              const struct http_head *head, const char *body,
                              size_t length) {
  bool queued = queue_answer(exchange, head, body, length);
  exchange->stage = queued ? STAGE_ANSWERED : STAGE_FAILED;
  exchange->kept = true;
  release_body(exchange);
  patience_begin(&exchange->server->patience, &exchange->patience);
  return queued ? MHD_YES : MHD_NO;
}

static const char too_large[] =
    "{\"error\":{\"code\":\"too_large\",\"message\":\"the body is too large\"}}";

static enum MHD_Result refuse(struct http_exchange *exchange, int status,
                              const char *body) {
  const struct http_head head = {.status = status};
  return answer(exchange, &head, body, strlen(body));
}

static bool announces_too_much(const struct http_exchange *exchange) {
  const char *length = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                                   "Content-Length");
  return length && strtoull(length, NULL, 10) > exchange->server->plan.body_limit;
}

/* An answer given here closes the connection, since the body will not be read. */
static enum MHD_Result check_head(struct http_exchange *exchange) {
  exchange->stage = STAGE_BODY;
  if (exchange->hollow)
    return refuse(
        exchange, 400,
        "{\"error\":{\"code\":\"bad_request\",\"message\":\"the address holds a NUL\"}}");
  const char *coding = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                                   "Transfer-Encoding");
  if (coding && strcasecmp(coding, "chunked") != 0)
    return refuse(exchange, 501,
                  "{\"error\":{\"code\":\"transfer_encoding\",\"message\":\"no other "
                  "coding than chunked is read\"}}");
  if (announces_too_much(exchange)) return refuse(exchange, 413, too_large);
  return MHD_YES;
}

/* What goes over the limit is read to its end but not kept: only a whole request can
 * be answered. */
static enum MHD_Result gather(struct http_exchange *exchange, const char *data,
                              size_t *length) {
  size_t room = exchange->server->plan.body_limit - exchange->body.length;
  if (*length > room) exchange->too_large = true;
  if (!exchange->too_large && !buffer_append(&exchange->body, data, *length))
    return MHD_NO; /* out of memory */
  *length = 0;
  return MHD_YES;
}

static enum MHD_Result serve(struct http_exchange *exchange, const char *method,
                             const char *path) {
  struct http_server *server = exchange->server;
  struct http_incoming incoming = {
      .method = method,
      .path = path,
      .body = buffer_string(&exchange->body),
      .body_length = exchange->body.length,
      .exchange = exchange,
  };
  exchange->stage = STAGE_SERVING;
  exchange->head_only = strcmp(method, "HEAD") == 0;
  patience_end(&server->patience, &exchange->patience);
  server->plan.serve(server->plan.context, exchange, &incoming);
  if (exchange->stage == STAGE_SERVING) {
    /* Until it is resumed the daemon does not look at the socket at all: a client that
     * leaves, or only ends its sending side, is found gone when the answer is due. */
    MHD_suspend_connection(exchange->connection);
    exchange->stage = STAGE_WAITING;
    TAILQ_INSERT_TAIL(&server->waiting, exchange, waiting);
  }
  return exchange->stage == STAGE_FAILED ? MHD_NO : MHD_YES;
}

static enum MHD_Result complete(struct http_exchange *exchange, const char *method,
                                const char *path) {
  if (exchange->too_large) return refuse(exchange, 413, too_large);
  if (exchange->server->stopping)
    return refuse(
        exchange, 503,
        "{\"error\":{\"code\":\"stopping\",\"message\":\"the engine is stopping\"}}");
  return serve(exchange, method, path);
}

/* Called first without data, then with each piece of the body, then without again. */
enum MHD_Result exchange_access(void *server, struct MHD_Connection *connection,
                                const char *path, const char *method, const char *version,
                                const char *data, size_t *length, void **slot) {
  (void)server, (void)connection, (void)version;
  struct http_exchange *exchange = *slot;
  if (!exchange) return MHD_NO;
  if (exchange->stage == STAGE_HEAD) return check_head(exchange);
  if (exchange->stage != STAGE_BODY) return MHD_NO;
  return *length ? gather(exchange, data, length) : complete(exchange, method, path);
}

static bool is_open(const struct http_exchange *exchange) {
  return exchange->stage == STAGE_SERVING || exchange->stage == STAGE_WAITING;
}

struct query_search {
  const char *name;
  const char *value;
};

static enum MHD_Result match_query(void *context, enum MHD_ValueKind kind,
                                   const char *name, const char *value) {
  (void)kind;
  struct query_search *search = context;
  if (strcmp(name, search->name) != 0) return MHD_YES;
  search->value = value ? value : "";
  return MHD_NO;
}

const char *http_incoming_query(const struct http_exchange *exchange, const char *name) {
  if (!is_open(exchange)) return NULL;
  /* The daemon's own look-up would ignore case, which counts in a query. */
  struct query_search search = {.name = name};
  MHD_get_connection_values(exchange->connection, MHD_GET_ARGUMENT_KIND, match_query,
                            &search);
  return search.value;
}

struct query_check {
  const char *const *known;
  const char *unknown;
};

static enum MHD_Result check_query(void *context, enum MHD_ValueKind kind,
                                   const char *name, const char *value) {
  (void)kind, (void)value;
  struct query_check *check = context;
  for (const char *const *known = check->known; *known; known++)
    if (strcmp(name, *known) == 0) return MHD_YES;
  check->unknown = name;
  return MHD_NO;
}

const char *http_incoming_unknown(const struct http_exchange *exchange,
                                  const char *const *known) {
  if (!is_open(exchange)) return NULL;
  struct query_check check = {.known = known};
  MHD_get_connection_values(exchange->connection, MHD_GET_ARGUMENT_KIND, check_query,
                            &check);
  return check.unknown;
}

const char *http_incoming_header(const struct http_exchange *exchange, const char *name) {
  if (!is_open(exchange)) return NULL;
  return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static void go_on(struct http_exchange *exchange) {
  TAILQ_REMOVE(&exchange->server->waiting, exchange, waiting);
  MHD_resume_connection(exchange->connection);
  server_wake(exchange->server);
}

void http_answer_give(struct http_exchange *exchange, const struct http_head *head,
                      const char *body, size_t length) {
  if (!is_open(exchange)) return;
  bool suspended = exchange->stage == STAGE_WAITING;
  answer(exchange, head, body, length);
  if (suspended) go_on(exchange);
}

void http_answer_send(struct http_exchange *exchange, int status, const char *body,
                      size_t length) {
  const struct http_head head = {.status = status};
  http_answer_give(exchange, &head, body, length);
}

bool exchange_begin(struct http_exchange *exchange, const struct http_head *head,
                    struct MHD_Response *response) {
  if (!is_open(exchange) || !queue(exchange, head, response)) return false;
  bool suspended = exchange->stage == STAGE_WAITING;
  exchange->stage = STAGE_ANSWERED;
  exchange->kept = true;
  release_body(exchange);
  if (suspended) go_on(exchange);
  return true;
}
