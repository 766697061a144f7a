/* A server under test and its clients, all on one loop. A test states what must come and
 * the loop runs until it has; only a failing test ever waits for the alarm. */
#ifndef SPEC_VISITOR_H
#define SPEC_VISITOR_H

#include "base/buffer.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define ALARM_SECONDS 30.

struct stage { /* the loop, the server, and what it was asked */
  struct ev_loop *loop;
  struct http_server *server;
  struct http_server_plan plan;
  bool later;         /* do not answer inside serve */
  unsigned served;    /* requests that reached serve */
  struct buffer seen; /* the newest request: "METHOD path\nbody" */
  struct http_exchange *held[512];
  unsigned holding;
  ev_timer alarm;
  bool alarmed;
};

struct visitor { /* a client on a plain socket */
  struct stage *stage;
  int socket;
  struct buffer received;
  bool closed; /* by the server */
  ev_io readable;
};

static inline void stage_serve(void *context, struct http_exchange *exchange,
                               const struct http_incoming *incoming) {
  struct stage *stage = context;
  stage->served++;
  buffer_clear(&stage->seen);
  buffer_printf(&stage->seen, "%s %s\n", incoming->method, incoming->path);
  buffer_append(&stage->seen, incoming->body, incoming->body_length);
  assert_int_equal(incoming->body[incoming->body_length], '\0');
  assert_ptr_equal(incoming->exchange, exchange);
  if (!stage->later)
    http_answer_send(exchange, 200, incoming->path, strlen(incoming->path));
  else
    stage->held[stage->holding++] = exchange;
  ev_break(stage->loop, EVBREAK_ONE);
}

static inline void stage_alarm(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)events;
  ((struct stage *)timer->data)->alarmed = true;
  ev_break(loop, EVBREAK_ALL);
}

/* Fill in stage->plan first; what is left zero gets its default. */
static inline void stage_open(struct stage *stage) {
  stage->loop = ev_loop_new(EVFLAG_AUTO);
  if (!stage->plan.address) stage->plan.address = "127.0.0.1";
  if (!stage->plan.serve) stage->plan.serve = stage_serve;
  if (!stage->plan.context) stage->plan.context = stage;
  struct error error = {0};
  stage->server = http_server_new(stage->loop, &stage->plan, &error);
  assert_string_equal(error.message, "");
  assert_non_null(stage->server);
  ev_timer_init(&stage->alarm, stage_alarm, ALARM_SECONDS, 0.);
  stage->alarm.data = stage;
  ev_timer_start(stage->loop, &stage->alarm);
}

static inline void stage_close(struct stage *stage) {
  http_server_free(stage->server);
  ev_loop_destroy(stage->loop);
  buffer_free(&stage->seen);
}

/* Runs the loop for the next event; fails the test if nothing comes. */
static inline void stage_turn(struct stage *stage) {
  ev_run(stage->loop, EVRUN_ONCE);
  if (stage->alarmed) fail_msg("nothing came in %g seconds", ALARM_SECONDS);
}

static inline void stage_until_holding(struct stage *stage, unsigned count) {
  while (stage->holding < count) stage_turn(stage);
}

static inline void stage_answer(struct stage *stage, int status, const char *body) {
  assert_true(stage->holding > 0);
  struct http_exchange *exchange = stage->held[0];
  stage->holding--;
  memmove(stage->held, stage->held + 1, stage->holding * sizeof *stage->held);
  http_answer_send(exchange, status, body, strlen(body));
}

static inline void visitor_read(struct ev_loop *loop, ev_io *watcher, int events) {
  (void)events;
  struct visitor *visitor = watcher->data;
  char piece[16384];
  ssize_t length = recv(visitor->socket, piece, sizeof piece, MSG_DONTWAIT);
  if (length > 0)
    buffer_append(&visitor->received, piece, (size_t)length);
  else if (length == 0 || errno != EAGAIN)
    visitor->closed = true, ev_io_stop(loop, watcher);
}

/* Connects from the given address of this machine (NULL: any). */
static inline void visitor_from(struct visitor *visitor, struct stage *stage,
                                const char *from) {
  *visitor = (struct visitor){.stage = stage};
  visitor->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (from) {
    inet_pton(AF_INET, from, &address.sin_addr);
    assert_return_code(bind(visitor->socket, (struct sockaddr *)&address, sizeof address),
                       errno);
  }
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  address.sin_port = htons(http_server_port(stage->server));
  assert_return_code(
      connect(visitor->socket, (struct sockaddr *)&address, sizeof address), errno);
  ev_io_init(&visitor->readable, visitor_read, visitor->socket, EV_READ);
  visitor->readable.data = visitor;
  ev_io_start(stage->loop, &visitor->readable);
}

/* Takes a connected socket. */
static inline void visitor_on(struct visitor *visitor, struct stage *stage, int client) {
  *visitor = (struct visitor){.stage = stage, .socket = client};
  ev_io_init(&visitor->readable, visitor_read, client, EV_READ);
  visitor->readable.data = visitor;
  ev_io_start(stage->loop, &visitor->readable);
}

static inline void visitor_open(struct visitor *visitor, struct stage *stage) {
  visitor_from(visitor, stage, NULL);
}

static inline void visitor_send_bytes(struct visitor *visitor, const char *bytes,
                                      size_t length) {
  while (length) {
    ssize_t sent = send(visitor->socket, bytes, length, MSG_NOSIGNAL);
    if (sent < 0) return; /* the server has gone: visitor->closed will tell */
    bytes += sent;
    length -= (size_t)sent;
  }
}

static inline void visitor_send(struct visitor *visitor, const char *text) {
  visitor_send_bytes(visitor, text, strlen(text));
}

static inline void visitor_get(struct visitor *visitor, const char *target) {
  char request[512];
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: here\r\n\r\n", target);
  visitor_send(visitor, request);
}

static inline void visitor_post(struct visitor *visitor, const char *target,
                                const char *body) {
  char head[512];
  snprintf(head, sizeof head,
           "POST %s HTTP/1.1\r\nHost: here\r\nContent-Length: %zu\r\n\r\n", target,
           strlen(body));
  visitor_send(visitor, head);
  visitor_send(visitor, body);
}

static inline bool visitor_has(const struct visitor *visitor, const char *text) {
  return strstr(buffer_string(&visitor->received), text);
}

static inline void visitor_until_closed(struct visitor *visitor) {
  while (!visitor->closed) stage_turn(visitor->stage);
}

/* Takes one whole answer off what was received and returns its status. Its body, if
 * asked for, goes to body[size]. */
static inline int visitor_answer(struct visitor *visitor, char *body, size_t size) {
  char *end;
  while (!(end = strstr(buffer_string(&visitor->received), "\r\n\r\n"))) {
    if (visitor->closed) fail_msg("closed without an answer");
    stage_turn(visitor->stage);
  }
  size_t head = (size_t)(end + 4 - visitor->received.data);
  char *length = strstr(visitor->received.data, "Content-Length: ");
  size_t whole = head + (length && length < end ? strtoul(length + 16, NULL, 10) : 0);
  while (visitor->received.length < whole && !visitor->closed) stage_turn(visitor->stage);
  assert_true(visitor->received.length >= whole);
  int status = atoi(visitor->received.data + strlen("HTTP/1.1 "));
  if (body)
    snprintf(body, size, "%.*s", (int)(whole - head), visitor->received.data + head);
  char *rest = strdup(visitor->received.data + whole);
  buffer_clear(&visitor->received);
  buffer_text(&visitor->received, rest);
  free(rest);
  return status;
}

static inline void assert_answer(struct visitor *visitor, int status, const char *body) {
  char received[1024];
  assert_int_equal(visitor_answer(visitor, received, sizeof received), status);
  assert_string_equal(received, body);
}

static inline void visitor_leave(struct visitor *visitor) {
  ev_io_stop(visitor->stage->loop, &visitor->readable);
  close(visitor->socket);
  buffer_free(&visitor->received);
}

/* Leaves with a reset instead of a farewell. */
static inline void visitor_slam(struct visitor *visitor) {
  struct linger now = {.l_onoff = 1};
  setsockopt(visitor->socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  visitor_leave(visitor);
}

#endif
