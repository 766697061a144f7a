/* What the server and its exchanges share; nobody else includes this. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "base/buffer.h"
#include "http/local.h"
#include "http/patience.h"
#include "http/server.h"

#include <microhttpd.h>

enum exchange_stage {
  STAGE_HEAD,     /* request line and headers are coming in */
  STAGE_BODY,     /* the body is */
  STAGE_SERVING,  /* inside serve */
  STAGE_WAITING,  /* suspended until http_answer_send */
  STAGE_ANSWERED, /* the answer is on its way or sent */
  STAGE_FAILED,   /* no answer could be made; to be cut */
};

/* One connection with the request it is on. HTTP/1.1 has one request at a time on a
 * connection, so the same exchange serves them all in turn. */
struct http_exchange {
  struct http_server *server;
  struct MHD_Connection *connection;
  TAILQ_ENTRY(http_exchange) waiting;
  struct patience_entry patience; /* runs unless the request is with the caller */
  struct buffer body;
  enum exchange_stage stage;
  int socket;
  bool kept;      /* has answered a request before */
  bool hollow;    /* a NUL was hidden in the address: the last request here */
  bool too_large; /* the body went over the limit */
  bool head_only; /* asked for by HEAD: no body goes out */
};

TAILQ_HEAD(exchange_list, http_exchange);
TAILQ_HEAD(stream_list, http_stream);

struct http_server {
  struct ev_loop *loop;
  struct http_server_plan plan; /* with the defaults filled in; its address is not kept */
  struct MHD_Daemon *daemon;
  unsigned short port;
  struct local local; /* the name of a Unix socket */
  ev_io ready;        /* the daemon's epoll descriptor */
  ev_idle wake;       /* active while the daemon has work that no descriptor announces */
  bool woken;
  bool stopping;
  struct patience patience;
  struct exchange_list waiting;
  struct stream_list streams;
};

/* Begins to answer with the response, and lets the daemon go on with the connection.
 * False if out of memory; the exchange is still to be answered then. */
bool exchange_begin(struct http_exchange *exchange, const struct http_head *head,
                    struct MHD_Response *response);

/* The daemon must run once more, even if no socket stirs. */
void server_wake(struct http_server *server);

/* The daemon's callbacks. */
void exchange_connection(void *server, struct MHD_Connection *connection, void **slot,
                         enum MHD_ConnectionNotificationCode what);
void *exchange_request_line(void *server, const char *address,
                            struct MHD_Connection *connection);
size_t exchange_unescape(void *server, struct MHD_Connection *connection, char *text);
enum MHD_Result exchange_access(void *server, struct MHD_Connection *connection,
                                const char *path, const char *method, const char *version,
                                const char *data, size_t *length, void **slot);

/* Closes the connection of a client that took too long. */
void exchange_cut(struct patience_entry *entry);

#endif
