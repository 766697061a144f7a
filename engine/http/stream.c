#include "http/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
  PENDING_LIMIT = 1 << 20, /* bytes a client may be behind */
  PIECE = 16384            /* most bytes the daemon asks for at a time */
};

static void resume(struct http_stream *stream) {
  if (!stream->suspended) return;
  stream->suspended = false;
  MHD_resume_connection(stream->exchange->connection);
  server_wake(stream->exchange->server);
}

static void drop_sent(struct buffer *pending, size_t length) {
  memmove(pending->data, pending->data + length, pending->length - length + 1);
  pending->length -= length;
}

/* The daemon asks for more. */
static ssize_t give(void *context, uint64_t position, char *room, size_t size) {
  (void)position;
  struct http_stream *stream = context;
  struct buffer *pending = &stream->pending;
  size_t length = pending->length < size ? pending->length : size;
  if (length) {
    memcpy(room, pending->data, length);
    drop_sent(pending, length);
    return (ssize_t)length;
  }
  if (stream->ending) {
    patience_begin(&stream->exchange->server->patience, &stream->exchange->patience);
    return MHD_CONTENT_READER_END_OF_STREAM;
  }
  stream->suspended = true;
  MHD_suspend_connection(stream->exchange->connection);
  return 0;
}

/* The daemon has no more use for it: it has ended, or its client has gone. */
static void finish(void *context) {
  struct http_stream *stream = context;
  TAILQ_REMOVE(&stream->exchange->server->streams, stream, link);
  if (stream->gone) stream->gone(stream->context);
  buffer_free(&stream->pending);
  free(stream);
}

static struct http_stream *make(struct http_exchange *exchange, http_gone_fn gone,
                                void *context) {
  struct http_stream *stream = calloc(1, sizeof *stream);
  if (!stream) return NULL;
  stream->exchange = exchange;
  stream->pending.limit = PENDING_LIMIT;
  stream->gone = gone;
  stream->context = context;
  TAILQ_INSERT_TAIL(&exchange->server->streams, stream, link);
  return stream;
}

struct http_stream *http_stream_open(struct http_exchange *exchange,
                                     const struct http_head *head, http_gone_fn gone,
                                     void *context) {
  struct http_stream *stream = make(exchange, gone, context);
  if (!stream) return NULL;
  struct MHD_Response *response =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, give, stream, finish);
  /* The daemon would send the last chunk of a body that HEAD has not. */
  if (response && exchange->head_only)
    MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
  bool begun = response && exchange_begin(exchange, head, response);
  if (!begun) stream->gone = NULL;
  if (!response) finish(stream);
  if (response) MHD_destroy_response(response); /* the connection holds it from now on */
  return begun ? stream : NULL;
}

bool http_stream_send(struct http_stream *stream, const char *bytes, size_t length) {
  if (!buffer_append(&stream->pending, bytes, length)) {
    shutdown(stream->exchange->socket, SHUT_RDWR); /* too far behind */
    resume(stream);
    return false;
  }
  resume(stream);
  return true;
}

void http_stream_close(struct http_stream *stream) {
  stream->gone = NULL;
  stream->ending = true;
  resume(stream);
}

void streams_end(struct http_server *server) {
  struct http_stream *stream;
  TAILQ_FOREACH(stream, &server->streams, link) {
    stream->ending = true;
    resume(stream);
  }
}
