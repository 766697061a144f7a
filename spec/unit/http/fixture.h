/* A loop, a client on it and, where the test starts one, a scripted server. */
#ifndef SPEC_FIXTURE_H
#define SPEC_FIXTURE_H

#include "http/outcome.h"

struct fixture {
  struct ev_loop *loop;
  struct http_client *client;
  struct scripted *server;
  char url[64]; /* of the server, path and query included */
};

static inline int fixture_setup(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  fixture->loop = ev_loop_new(EVFLAG_AUTO);
  fixture->client = http_client_new(fixture->loop, NULL);
  *state = fixture;
  return fixture->client ? 0 : -1;
}

static inline int fixture_teardown(void **state) {
  struct fixture *fixture = *state;
  if (fixture->client) http_client_free(fixture->client);
  if (fixture->server) scripted_stop(fixture->server);
  ev_loop_destroy(fixture->loop);
  free(fixture);
  return 0;
}

static inline void fixture_serve(struct fixture *fixture, const struct reply *script,
                                 size_t length) {
  if (fixture->server) scripted_stop(fixture->server);
  fixture->server = scripted_start(fixture->loop, script, length);
  snprintf(fixture->url, sizeof fixture->url, "http://127.0.0.1:%u/calls?key=k7",
           fixture->server->port);
}

/* script is an array of replies */
#define SERVE(fixture, script)                                                           \
  fixture_serve(fixture, script, sizeof(script) / sizeof *(script))

static inline struct http_transfer *begin(struct fixture *fixture,
                                          const struct http_request *request,
                                          struct outcome *outcome) {
  struct error error = {0};
  struct http_transfer *transfer =
      http_send(fixture->client, request, outcome_note, outcome, &error);
  assert_string_equal(error.message, "");
  assert_non_null(transfer);
  assert_false(outcome->done); /* never from inside http_send */
  return transfer;
}

static inline struct outcome fetch(struct fixture *fixture,
                                   const struct http_request *request) {
  struct outcome outcome = {0};
  begin(fixture, request, &outcome);
  run_until(fixture->loop, &outcome.done);
  assert_int_equal(outcome.calls, 1);
  return outcome;
}

#define SPEC(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

#endif
