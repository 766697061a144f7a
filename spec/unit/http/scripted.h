/* A small HTTP server on the test's own loop. It answers each request with the next reply
 * of its script, the last one again and again, and keeps what it was sent. */
#ifndef SPEC_SCRIPTED_H
#define SPEC_SCRIPTED_H

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

enum { SEEN_LIMIT = 512 };

struct reply {
  const char *text; /* NULL for nothing at all */
  enum { KEEP, CLOSE, RESET } then;
  size_t length; /* of text; 0: up to its NUL */
};

struct seen {
  char *text; /* head and body as they came */
  size_t length;
  unsigned connection; /* from 1 */
  double at;           /* monotonic */
};

struct scripted_peer {
  ev_io io;
  struct scripted *server;
  struct scripted_peer *next;
  unsigned number;
  char *in;
  size_t in_length;
  const struct reply *reply; /* being written */
  size_t written;
};

struct scripted {
  struct ev_loop *loop;
  ev_io io;
  unsigned short port;
  const struct reply *script;
  size_t script_length, next;
  const struct reply *(*choose)(const char *text); /* in place of the script, or NULL */
  struct seen seen[SEEN_LIMIT];
  size_t seen_count;
  unsigned connections;
  struct scripted_peer *peers;
  bool greet; /* answer as soon as somebody has connected */
};

static inline void scripted_hang_up(struct scripted_peer *peer, bool reset) {
  struct scripted_peer **link = &peer->server->peers;
  while (*link != peer) link = &(*link)->next;
  *link = peer->next;
  struct linger linger = {.l_onoff = 1};
  if (reset) setsockopt(peer->io.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  ev_io_stop(peer->server->loop, &peer->io);
  close(peer->io.fd);
  free(peer->in);
  free(peer);
}

static inline void scripted_listen_for(struct scripted_peer *peer, int events) {
  int fd = peer->io.fd;
  ev_io_stop(peer->server->loop, &peer->io);
  ev_io_set(&peer->io, fd, events);
  ev_io_start(peer->server->loop, &peer->io);
}

static inline void scripted_write(struct scripted_peer *peer) {
  const struct reply *reply = peer->reply;
  size_t length = reply->length ? reply->length : reply->text ? strlen(reply->text) : 0;
  while (peer->written < length) {
    ssize_t put = send(peer->io.fd, reply->text + peer->written, length - peer->written,
                       MSG_NOSIGNAL);
    if (put < 0) break;
    peer->written += (size_t)put;
  }
  if (peer->written < length && errno == EAGAIN) {
    scripted_listen_for(peer, EV_WRITE);
    return;
  }
  peer->reply = NULL;
  if (reply->then == KEEP && peer->written == length)
    scripted_listen_for(peer, EV_READ);
  else
    scripted_hang_up(peer, reply->then == RESET);
}

/* For a request that the script answered with nothing. */
static inline void scripted_answer(struct scripted_peer *peer,
                                   const struct reply *reply) {
  peer->reply = reply;
  peer->written = 0;
  scripted_write(peer);
}

/* The length of the request that in begins with, 0 while it is not whole. */
static inline size_t scripted_request(const struct scripted_peer *peer) {
  const char *end = peer->in ? strstr(peer->in, "\r\n\r\n") : NULL;
  if (!end) return 0;
  size_t head = (size_t)(end - peer->in) + 4;
  const char *field = strcasestr(peer->in, "\r\nContent-Length:");
  size_t body = field && field < end ? strtoul(field + 17, NULL, 10) : 0;
  return peer->in_length >= head + body ? head + body : 0;
}

static inline void scripted_take(struct scripted_peer *peer, size_t length) {
  struct scripted *server = peer->server;
  assert_true(server->seen_count < SEEN_LIMIT);
  struct seen *seen = &server->seen[server->seen_count++];
  *seen = (struct seen){.text = peer->in,
                        .length = length,
                        .connection = peer->number,
                        .at = clock_monotonic()};
  peer->in = NULL; /* clients here do not pipeline */
  peer->in_length = 0;
  if (server->choose) {
    scripted_answer(peer, server->choose(seen->text));
    return;
  }
  const struct reply *reply = &server->script[server->next];
  if (server->next + 1 < server->script_length) server->next++;
  scripted_answer(peer, reply);
}

static inline void scripted_on_peer(struct ev_loop *loop, ev_io *io, int events) {
  (void)loop, (void)events;
  struct scripted_peer *peer = (struct scripted_peer *)io;
  if (peer->reply) {
    scripted_write(peer);
    return;
  }
  char piece[65536];
  ssize_t got = recv(io->fd, piece, sizeof piece, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    scripted_hang_up(peer, false);
    return;
  }
  peer->in = realloc(peer->in, peer->in_length + (size_t)got + 1);
  memcpy(peer->in + peer->in_length, piece, (size_t)got);
  peer->in_length += (size_t)got;
  peer->in[peer->in_length] = '\0';
  size_t length = scripted_request(peer);
  if (length) scripted_take(peer, length);
}

static inline void scripted_on_accept(struct ev_loop *loop, ev_io *io, int events) {
  (void)events;
  struct scripted *server = io->data;
  int fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  struct scripted_peer *peer = calloc(1, sizeof *peer);
  peer->server = server;
  peer->number = ++server->connections;
  peer->next = server->peers;
  server->peers = peer;
  ev_io_init(&peer->io, scripted_on_peer, fd, EV_READ);
  ev_io_start(loop, &peer->io);
  if (server->greet) scripted_answer(peer, server->script);
}

/* A socket bound to a free port of 127.0.0.1. */
static inline int scripted_bind(unsigned short *port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

static inline struct scripted *scripted_start(struct ev_loop *loop,
                                              const struct reply *script, size_t length) {
  struct scripted *server = calloc(1, sizeof *server);
  server->loop = loop;
  server->script = script;
  server->script_length = length;
  int fd = scripted_bind(&server->port);
  assert_int_equal(listen(fd, 512), 0);
  ev_io_init(&server->io, scripted_on_accept, fd, EV_READ);
  server->io.data = server;
  ev_io_start(loop, &server->io);
  ev_unref(loop); /* it must not be what keeps the loop running */
  return server;
}

static inline void scripted_stop(struct scripted *server) {
  while (server->peers) scripted_hang_up(server->peers, false);
  ev_ref(server->loop);
  ev_io_stop(server->loop, &server->io);
  close(server->io.fd);
  for (size_t i = 0; i < server->seen_count; i++) free(server->seen[i].text);
  free(server);
}

/* Runs the loop until *done; nothing that works comes near the limit. */
static inline void scripted_on_limit(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop, (void)timer, (void)events;
  fail_msg("waited 30 seconds for something that did not happen");
}

static inline void run_until(struct ev_loop *loop, const bool *done) {
  ev_timer limit;
  ev_now_update(loop);
  ev_timer_init(&limit, scripted_on_limit, 30, 0);
  ev_timer_start(loop, &limit);
  while (!*done) ev_run(loop, EVRUN_ONCE);
  ev_timer_stop(loop, &limit);
}

#endif
