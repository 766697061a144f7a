/* The client on its loop: many transfers, canceling, freeing, stuck name lookups. */
#include "http/fixture.h"
#include "http/names.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>

static const char ok_text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static const struct reply ok[] = {{.text = ok_text}};
static const struct reply silent[] = {{.then = KEEP}};

static void kept_connections_are_used_again(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  for (unsigned i = 0; i < 3; i++) {
    struct outcome outcome = fetch(fixture, &(struct http_request){.url = fixture->url});
    assert_int_equal(outcome.status, 200);
    outcome_free(&outcome);
  }
  assert_int_equal(fixture->server->connections, 1);
}

static void a_fresh_request_has_a_connection_of_its_own(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  static const unsigned expected[] = {1, 2, 3, 2}; /* 1 and 3 were fresh: not kept */
  for (unsigned i = 0; i < 4; i++) {
    struct http_request request = {.url = fixture->url, .fresh = i % 2 == 0};
    struct outcome outcome = fetch(fixture, &request);
    assert_int_equal(outcome.status, 200);
    assert_int_equal(fixture->server->seen[i].connection, expected[i]);
    outcome_free(&outcome);
  }
}

/* So that what begins many transfers at once can see how long that takes. */
static void a_transfer_connects_before_the_loop_goes_on(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, silent);
  struct outcome outcome = {0};
  begin(fixture, &(struct http_request){.url = fixture->url}, &outcome);
  struct pollfd listener = {.fd = fixture->server->io.fd, .events = POLLIN};
  assert_int_equal(poll(&listener, 1, 5000), 1);
  http_client_free(fixture->client);
  fixture->client = NULL;
  outcome_free(&outcome);
}

static bool leads_to(int descriptor, in_port_t port) {
  struct sockaddr_in peer = {0};
  socklen_t size = sizeof peer;
  return getpeername(descriptor, (struct sockaddr *)&peer, &size) == 0 &&
         peer.sin_port == port;
}

static void what_the_host_executes_does_not_hold_connections(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, silent);
  struct outcome outcome = {0};
  struct sockaddr_in server = {0};
  socklen_t size = sizeof server;
  getsockname(fixture->server->io.fd, (struct sockaddr *)&server, &size);
  begin(fixture, &(struct http_request){.url = fixture->url}, &outcome);
  struct pollfd listener = {.fd = fixture->server->io.fd, .events = POLLIN};
  assert_int_equal(poll(&listener, 1, 5000), 1);
  int connections = 0;
  for (int i = 0; i < 256; i++) {
    if (!leads_to(i, server.sin_port)) continue;
    connections++;
    assert_true(fcntl(i, F_GETFD) & FD_CLOEXEC);
  }
  assert_int_equal(connections, 1);
  http_client_free(fixture->client);
  fixture->client = NULL;
  outcome_free(&outcome);
}

/* The second request on a kept connection meets its end. */
static void only_a_fresh_request_is_surely_sent_once(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {
      {.text = ok_text}, {.then = CLOSE}, {.text = ok_text}};
  for (unsigned fresh = 0; fresh < 2; fresh++) {
    SERVE(fixture, script);
    struct http_request request = {.method = "POST", .url = fixture->url};
    struct outcome first = fetch(fixture, &request);
    request.fresh = fresh;
    struct outcome second = fetch(fixture, &request);
    if (fresh)
      outcome_is_failure(&second, "cut", true);
    else
      assert_int_equal(second.status, 200);
    assert_int_equal(fixture->server->seen_count, fresh ? 2 : 3);
    outcome_free(&first);
    outcome_free(&second);
  }
}

/* The kept connection takes the request and dies; the service is gone by then. Nobody
 * knows what became of the request, although the last thing met is a closed port. */
static void what_may_have_been_sent_stays_so(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {{.text = ok_text}, {.then = KEEP}};
  SERVE(fixture, script);
  struct http_request request = {.method = "POST", .url = fixture->url};
  struct outcome first = fetch(fixture, &request), second = {0};
  begin(fixture, &request, &second);
  while (fixture->server->seen_count < 2) ev_run(fixture->loop, EVRUN_ONCE);
  scripted_stop(fixture->server); /* ends the connection and the listener */
  fixture->server = NULL;
  run_until(fixture->loop, &second.done);
  assert_int_equal(second.status, 0);
  assert_true(second.failure.sent);
  outcome_free(&first);
  outcome_free(&second);
}

static void many_requests_at_once_all_end(void **state) {
  struct fixture *fixture = *state;
  enum { MANY = 400 }; /* more than the client has connections for one host */
  SERVE(fixture, ok);
  static struct outcome outcomes[MANY];
  for (unsigned i = 0; i < MANY; i++)
    begin(fixture, &(struct http_request){.url = fixture->url, .fresh = i % 2},
          &outcomes[i]);
  for (unsigned i = 0; i < MANY; i++) {
    run_until(fixture->loop, &outcomes[i].done);
    assert_int_equal(outcomes[i].status, 200);
    assert_int_equal(outcomes[i].calls, 1);
    outcome_free(&outcomes[i]);
  }
  assert_int_equal(fixture->server->seen_count, MANY);
}

static void an_idle_client_does_not_keep_the_loop_running(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct outcome outcome = fetch(fixture, &(struct http_request){.url = fixture->url});
  while (fixture->server->peers) scripted_hang_up(fixture->server->peers, false);
  ev_run(fixture->loop, 0); /* would not return */
  outcome_free(&outcome);
}

static void an_unusable_request_is_refused_at_once(void **state) {
  struct fixture *fixture = *state;
  const struct http_header split = {"X-A", "b\r\nX-B: c"};
  const struct http_request cases[] = {
      {.url = "ftp://127.0.0.1/"},
      {.url = "http://127.0.0.1/", .method = "GET /"},
      {.url = "http://127.0.0.1/", .headers = &split, .header_count = 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct outcome outcome = {0};
    struct error error = {0};
    assert_null(http_send(fixture->client, &cases[i], outcome_note, &outcome, &error));
    assert_string_equal(error.code, "invalid");
    ev_run(fixture->loop, EVRUN_NOWAIT);
    assert_int_equal(outcome.calls, 0);
  }
}

static void a_canceled_transfer_is_not_told(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, silent);
  struct outcome outcome = {0};
  struct http_request request = {.url = fixture->url};
  http_cancel(begin(fixture, &request, &outcome)); /* before anything left */
  struct http_transfer *transfer = begin(fixture, &request, &outcome);
  while (!fixture->server->seen_count) ev_run(fixture->loop, EVRUN_ONCE);
  http_cancel(transfer);
  while (fixture->server->peers) ev_run(fixture->loop, EVRUN_ONCE); /* hung up on */
  assert_int_equal(outcome.calls, 0);
  assert_int_equal(fixture->server->seen_count, 1);
}

/* What each of two transfers does to the other when it is told. */
struct rivals {
  struct fixture *fixture;
  struct http_transfer *transfers[2];
  unsigned told;
  bool done;
};

static void cancel_both(void *context, const struct http_answer *answer,
                        const struct http_failure *failure) {
  (void)answer, (void)failure;
  struct rivals *rivals = context;
  rivals->told++;
  rivals->done = true;
  http_cancel(rivals->transfers[0]);
  http_cancel(rivals->transfers[1]);
}

static void a_done_may_cancel_what_has_ended_too(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct rivals rivals = {.fixture = fixture};
  for (unsigned i = 0; i < 2; i++)
    rivals.transfers[i] =
        http_send(fixture->client, &(struct http_request){.url = fixture->url},
                  cancel_both, &rivals, NULL);
  run_until(fixture->loop, &rivals.done);
  ev_run(fixture->loop, EVRUN_NOWAIT);
  assert_int_equal(rivals.told, 1);
}

/* One failed lookup ends all three in one turn; the first cancels the last. */
static void cancel_last(void *context, const struct http_answer *answer,
                        const struct http_failure *failure) {
  (void)answer, (void)failure;
  struct rivals *rivals = context;
  if (++rivals->told == 1) http_cancel(rivals->transfers[1]);
  rivals->done = rivals->told == 2;
}

static void what_has_ended_in_one_turn_is_told_one_by_one(void **state) {
  struct fixture *fixture = *state;
  struct rivals rivals = {.fixture = fixture};
  struct http_request request = {.url = "http://missing.test/"};
  for (unsigned i = 0; i < 3; i++)
    rivals.transfers[i / 2] =
        http_send(fixture->client, &request, cancel_last, &rivals, NULL);
  run_until(fixture->loop, &rivals.done);
  struct outcome outcome = fetch(fixture, &request);
  outcome_is_failure(&outcome, "resolve", false);
}

static void free_client(void *context, const struct http_answer *answer,
                        const struct http_failure *failure) {
  struct rivals *rivals = context;
  rivals->told++;
  if (rivals->told == 1) {
    assert_non_null(answer);
    http_client_free(rivals->fixture->client);
    rivals->fixture->client = NULL;
    rivals->done = true;
    return;
  }
  struct error error = {0};
  assert_non_null(failure);
  assert_string_equal(failure->error.code, "canceled");
  assert_null(http_send(rivals->fixture->client,
                        &(struct http_request){.url = "http://a"}, free_client, rivals,
                        &error));
  assert_string_equal(error.code, "canceled");
}

static void a_done_may_free_the_client(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {{.text = ok_text}, {.then = KEEP}};
  SERVE(fixture, script);
  struct rivals rivals = {.fixture = fixture};
  for (unsigned i = 0; i < 5; i++)
    http_send(fixture->client, &(struct http_request){.url = fixture->url}, free_client,
              &rivals, NULL);
  run_until(fixture->loop, &rivals.done);
  assert_int_equal(rivals.told, 5);
}

static void freeing_tells_what_is_under_way(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, silent);
  struct outcome sent = {0}, unsent = {0};
  begin(fixture, &(struct http_request){.url = fixture->url}, &sent);
  while (!fixture->server->seen_count) ev_run(fixture->loop, EVRUN_ONCE);
  begin(fixture, &(struct http_request){.url = fixture->url}, &unsent);
  http_client_free(fixture->client);
  fixture->client = NULL;
  outcome_is_failure(&sent, "canceled", true);
  outcome_is_failure(&unsent, "canceled", false);
}

static void send_another(void *context, const struct http_answer *answer,
                         const struct http_failure *failure) {
  (void)answer, (void)failure;
  struct rivals *rivals = context;
  rivals->done = ++rivals->told == 50;
  if (rivals->done) return;
  struct http_request request = {.url = rivals->fixture->url};
  assert_non_null(
      http_send(rivals->fixture->client, &request, send_another, rivals, NULL));
}

static void a_done_may_send(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct rivals rivals = {.fixture = fixture};
  struct http_request request = {.url = fixture->url};
  http_send(fixture->client, &request, send_another, &rivals, NULL);
  run_until(fixture->loop, &rivals.done);
  assert_int_equal(fixture->server->seen_count, 50);
}

static void a_name_is_looked_up_once(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  char url[64];
  snprintf(url, sizeof url, "http://Service.TEST:%u/", fixture->server->port);
  names_asked();
  struct outcome outcomes[4] = {{0}};
  for (unsigned i = 0; i < 3; i++)
    begin(fixture, &(struct http_request){.url = url, .fresh = true}, &outcomes[i]);
  for (unsigned i = 0; i < 3; i++) run_until(fixture->loop, &outcomes[i].done);
  outcomes[3] = fetch(fixture, &(struct http_request){.url = url, .fresh = true});
  for (unsigned i = 0; i < 4; i++) {
    assert_int_equal(outcomes[i].status, 200);
    outcome_free(&outcomes[i]);
  }
  assert_int_equal(names_asked(), 1);
}

static void an_address_that_fails_is_looked_up_anew(void **state) {
  struct fixture *fixture = *state;
  unsigned short port;
  int fd = scripted_bind(&port);
  char url[64];
  snprintf(url, sizeof url, "http://service.test:%u/", port);
  names_asked();
  for (unsigned i = 0; i < 2; i++) {
    struct outcome outcome = fetch(fixture, &(struct http_request){.url = url});
    outcome_is_failure(&outcome, "refused", false);
  }
  assert_int_equal(names_asked(), 2);
  close(fd);
}

static void an_unknown_name_is_not_sent(void **state) {
  struct fixture *fixture = *state;
  struct outcome outcome =
      fetch(fixture, &(struct http_request){.url = "http://missing.test/x?y=z"});
  outcome_is_failure(&outcome, "resolve", false);
  const char *message = outcome.failure.error.message;
  assert_non_null(strstr(message, "GET http://missing.test/x: "));
  assert_null(strstr(message, "y=z"));
}

static void a_stuck_lookup_holds_up_its_own_request_only(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct outcome stuck = {0}, canceled = {0};
  struct http_request request = {.url = "http://stuck.test/", .connect_timeout = 0.05};
  begin(fixture, &request, &stuck);
  request.connect_timeout = request.deadline = 300;
  struct http_transfer *transfer = begin(fixture, &request, &canceled);
  names_wait_stuck(1);
  struct outcome other = fetch(fixture, &(struct http_request){.url = fixture->url});
  assert_int_equal(other.status, 200);
  http_cancel(transfer);
  run_until(fixture->loop, &stuck.done);
  outcome_is_failure(&stuck, "timeout", false);
  assert_non_null(strstr(stuck.failure.error.message, "within 0.05 s"));
  assert_int_equal(canceled.calls, 0);
  assert_int_equal(names_wait_stuck(1), 1); /* all that while the lookup was stuck */
  assert_int_equal(names_release(), 1);
  outcome_free(&other);
}

static void freeing_does_not_wait_for_a_lookup(void **state) {
  struct fixture *fixture = *state;
  struct outcome stuck = {0};
  begin(fixture, &(struct http_request){.url = "http://stuck.test/"}, &stuck);
  names_wait_stuck(1);
  http_client_free(fixture->client);
  fixture->client = NULL;
  outcome_is_failure(&stuck, "canceled", false);
  assert_int_equal(names_release(), 1);
}

static void keep_line(void *context, enum log_level level, const char *line) {
  assert_int_equal(level, LEVEL_DEBUG);
  buffer_printf(context, "%s\n", line);
}

static void the_log_shows_no_query_header_or_body(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct buffer lines = {0};
  const struct log log = {.sink = keep_line, .context = &lines, .most = LEVEL_DEBUG};
  http_client_free(fixture->client);
  fixture->client = http_client_new(fixture->loop, &log);
  const struct http_header header = {"Authorization", "hidden1"};
  struct http_request request = {.method = "POST",
                                 .url = fixture->url,
                                 .headers = &header,
                                 .header_count = 1,
                                 .body = "hidden2",
                                 .body_length = 7};
  struct outcome outcome = fetch(fixture, &request);
  assert_non_null(strstr(lines.data, "/calls: status 200"));
  assert_null(strstr(lines.data, "k7"));
  assert_null(strstr(lines.data, "hidden"));
  buffer_free(&lines);
  outcome_free(&outcome);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SPEC(kept_connections_are_used_again),
      SPEC(a_fresh_request_has_a_connection_of_its_own),
      SPEC(a_transfer_connects_before_the_loop_goes_on),
      SPEC(what_the_host_executes_does_not_hold_connections),
      SPEC(only_a_fresh_request_is_surely_sent_once),
      SPEC(what_may_have_been_sent_stays_so),
      SPEC(many_requests_at_once_all_end),
      SPEC(an_idle_client_does_not_keep_the_loop_running),
      SPEC(an_unusable_request_is_refused_at_once),
      SPEC(a_canceled_transfer_is_not_told),
      SPEC(a_done_may_cancel_what_has_ended_too),
      SPEC(what_has_ended_in_one_turn_is_told_one_by_one),
      SPEC(a_done_may_free_the_client),
      SPEC(freeing_tells_what_is_under_way),
      SPEC(a_done_may_send),
      SPEC(a_name_is_looked_up_once),
      SPEC(an_address_that_fails_is_looked_up_anew),
      SPEC(an_unknown_name_is_not_sent),
      SPEC(a_stuck_lookup_holds_up_its_own_request_only),
      SPEC(freeing_does_not_wait_for_a_lookup),
      SPEC(the_log_shows_no_query_header_or_body),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
