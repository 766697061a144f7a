#include "routee.h"

#include "base/id.h"
#include "http/server.h"

#include <ev.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct routee {
  struct ev_loop *loop;
  routee_called_fn called;
};

static void die(const char *what, const char *why) {
  fprintf(stderr, "routee: %s: %s\n", what, why);
  exit(1);
}

static void note_call(const struct routee *routee, const char *body,
                      const char *tracking) {
  static const char key[] = "\"eventUrl\":\"";
  const char *url = strstr(body, key);
  if (!url) die("a call without a COLLECT", body);
  url += sizeof key - 1;
  routee->called(url, (int)strcspn(url, "\""), tracking);
}

static void serve(void *context, struct http_exchange *exchange,
                  const struct http_incoming *incoming) {
  char tracking[ID_UUID_SIZE], answer[128];
  if (!id_uuid(tracking)) die("a call's id", "no randomness");
  if (incoming->body_length) note_call(context, incoming->body, tracking);
  int length = snprintf(answer, sizeof answer, "{\"trackingId\":\"%s\"}", tracking);
  http_answer_send(exchange, 200, answer, (size_t)length);
}

static void *run(void *context) {
  ev_run(((struct routee *)context)->loop, 0);
  return NULL;
}

unsigned short routee_start(routee_called_fn called) {
  struct routee *routee = malloc(sizeof *routee);
  if (!routee) die("start", "out of memory");
  *routee = (struct routee){.loop = ev_loop_new(EVFLAG_AUTO), .called = called};
  struct http_server_plan plan = {
      .address = "127.0.0.1", .serve = serve, .context = routee};
  struct error error;
  struct http_server *server = http_server_new(routee->loop, &plan, &error);
  pthread_t thread;
  if (!server) die("start", error.message);
  if (pthread_create(&thread, NULL, run, routee) != 0) die("start", "no thread");
  return http_server_port(server);
}
