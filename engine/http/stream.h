/* The server's side of answers that go on. */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include "base/buffer.h"
#include "http/exchange.h"

struct http_stream {
  TAILQ_ENTRY(http_stream) link;
  struct http_exchange *exchange;
  struct buffer pending; /* not yet with the daemon */
  bool suspended;        /* the daemon is not to ask for more */
  bool ending;           /* nothing follows what is pending */
  http_gone_fn gone;     /* NULL once the caller has let go */
  void *context;
};

/* Ends every stream of the server. */
void streams_end(struct http_server *server);

#endif
