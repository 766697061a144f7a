/* Order, spacing and second tries on the way to one provider. */
#include "http/fixture.h"
#include "http/lane.h"

static const char ok_text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static const struct reply ok[] = {{.text = ok_text}};

#define EMPTY "Content-Length: 0\r\n\r\n"

static struct http_lane *open_lane(struct fixture *fixture,
                                   const struct http_lane_plan *plan) {
  return http_lane_new(fixture->loop, fixture->client, plan);
}

static const struct http_lane_plan quick = {.first_pause = 0.001, .last_pause = 0.01};

static struct http_ticket *queue(struct http_lane *lane, const char *url,
                                 http_ready_fn ready, struct outcome *outcome) {
  struct error error = {0};
  struct http_request request = {.method = "POST", .url = url, .fresh = true};
  struct http_ticket *ticket =
      http_lane_send(lane, &request, ready, outcome_note, outcome, &error);
  assert_string_equal(error.message, "");
  assert_non_null(ticket);
  assert_false(outcome->done);
  return ticket;
}

static struct outcome pass(struct fixture *fixture, const struct http_lane_plan *plan) {
  struct http_lane *lane = open_lane(fixture, plan);
  struct outcome outcome = {0};
  queue(lane, fixture->url, NULL, &outcome);
  run_until(fixture->loop, &outcome.done);
  assert_int_equal(outcome.calls, 1);
  ev_run(fixture->loop, 0); /* nothing is left to do */
  http_lane_free(lane);
  return outcome;
}

static void an_unusable_request_is_refused_at_once(void **state) {
  struct fixture *fixture = *state;
  struct http_lane *lane = open_lane(fixture, &quick);
  const struct http_header split = {"X-A", "b\r\nX-B: c"};
  const struct http_request cases[] = {
      {.url = "ftp://127.0.0.1/"},
      {.url = "http://127.0.0.1/", .headers = &split, .header_count = 1},
  };
  struct outcome outcome = {0};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = {0};
    assert_null(http_lane_send(lane, &cases[i], NULL, outcome_note, &outcome, &error));
    assert_string_equal(error.code, "invalid");
  }
  ev_run(fixture->loop, 0);
  assert_int_equal(outcome.calls, 0);
  http_lane_free(lane);
}

/* The number in the path of the nth request that the server saw. */
static int number(const struct fixture *fixture, size_t nth) {
  assert_true(nth < fixture->server->seen_count);
  int found = -1;
  sscanf(fixture->server->seen[nth].text, "POST /%d ", &found);
  return found;
}

static void numbered(const struct fixture *fixture, int i, char url[64]) {
  snprintf(url, 64, "http://127.0.0.1:%u/%d", fixture->server->port, i);
}

enum { SOME = 6 };
static const double interval = 0.02;

/* Departures, measured where they happen. */
static double left[64];
static unsigned left_count;

static void note_and_go(void *context, struct http_ticket *ticket) {
  (void)context;
  left[left_count++] = clock_monotonic();
  http_lane_go(ticket);
}

static void assert_spaced(unsigned count) {
  assert_int_equal(left_count, count);
  for (unsigned i = 1; i < count; i++) assert_true(left[i] - left[i - 1] >= interval);
}

static void a_rate_is_kept_by_queueing_in_order(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct http_lane *lane =
      open_lane(fixture, &(struct http_lane_plan){.per_second = 1 / interval});
  struct outcome outcomes[SOME] = {{0}};
  char url[64];
  left_count = 0;
  for (int i = 0; i < SOME; i++) {
    numbered(fixture, i, url);
    queue(lane, url, note_and_go, &outcomes[i]);
  }
  for (int i = 0; i < SOME; i++) {
    run_until(fixture->loop, &outcomes[i].done);
    assert_int_equal(outcomes[i].status, 200);
    outcome_free(&outcomes[i]);
  }
  for (int i = 0; i < SOME; i++) assert_int_equal(number(fixture, (size_t)i), i);
  assert_spaced(SOME);
  http_lane_free(lane);
}

static void second_tries_keep_the_rate_too(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {
      {.text = "HTTP/1.1 429 Slow\r\nRetry-After: 0\r\n" EMPTY},
      {.text = "HTTP/1.1 429 Slow\r\n" EMPTY},
      {.text = ok_text}};
  SERVE(fixture, script);
  struct http_lane_plan plan = quick;
  plan.per_second = 1 / interval;
  struct http_lane *lane = open_lane(fixture, &plan);
  struct outcome outcomes[3] = {{0}};
  left_count = 0;
  for (int i = 0; i < 3; i++) queue(lane, fixture->url, note_and_go, &outcomes[i]);
  for (int i = 0; i < 3; i++) {
    run_until(fixture->loop, &outcomes[i].done);
    assert_int_equal(outcomes[i].status, 200);
    outcome_free(&outcomes[i]);
  }
  assert_spaced(5);
  http_lane_free(lane);
}

/* Keeps tickets until the test lets them go. */
static struct http_ticket *held[64];
static unsigned held_count;

static void hold(void *context, struct http_ticket *ticket) {
  (void)context;
  held[held_count++] = ticket;
}

static void wait_for_held(struct fixture *fixture, unsigned count) {
  while (held_count < count) ev_run(fixture->loop, EVRUN_ONCE);
}

static void a_later_go_counts_for_the_rate(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct http_lane *lane =
      open_lane(fixture, &(struct http_lane_plan){.per_second = 1 / interval});
  struct outcome outcomes[2] = {{0}};
  held_count = left_count = 0;
  queue(lane, fixture->url, hold, &outcomes[0]);
  queue(lane, fixture->url, note_and_go, &outcomes[1]);
  wait_for_held(fixture, 1);
  ev_run(fixture->loop, 0); /* the second waits for the first, however long */
  assert_int_equal(left_count, 0);
  assert_int_equal(fixture->server->seen_count, 0);
  double gone = clock_monotonic();
  http_lane_go(held[0]);
  http_lane_go(held[0]); /* once is enough; twice is harmless */
  run_until(fixture->loop, &outcomes[1].done);
  run_until(fixture->loop, &outcomes[0].done);
  assert_true(left[0] - gone >= interval);
  assert_int_equal(fixture->server->seen_count, 2);
  outcome_free(&outcomes[0]);
  outcome_free(&outcomes[1]);
  http_lane_free(lane);
}

static void without_a_rate_many_are_asked_at_once(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct http_lane *lane = open_lane(fixture, &(struct http_lane_plan){0});
  struct outcome outcomes[SOME] = {{0}};
  held_count = 0;
  for (int i = 0; i < SOME; i++) queue(lane, fixture->url, hold, &outcomes[i]);
  assert_int_equal(held_count, 0); /* never from inside http_lane_send */
  wait_for_held(fixture, SOME);
  for (int i = 0; i < SOME; i++) http_lane_go(held[i]);
  for (int i = 0; i < SOME; i++) {
    run_until(fixture->loop, &outcomes[i].done);
    outcome_free(&outcomes[i]);
  }
  http_lane_free(lane);
}

static void what_is_surely_not_accepted_is_sent_again(void **state) {
  struct fixture *fixture = *state;
  static const struct reply scripts[][2] = {
      {{.text = "HTTP/1.1 429 Slow\r\n" EMPTY}, {.text = ok_text}},
      {{.text = "HTTP/1.1 429 Slow\r\nRetry-After: soon\r\n" EMPTY}, {.text = ok_text}},
      {{.text = "HTTP/1.1 503 Off\r\nRetry-After: 0\r\n" EMPTY}, {.text = ok_text}},
  };
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    SERVE(fixture, scripts[i]);
    struct outcome outcome = pass(fixture, &quick);
    assert_int_equal(outcome.status, 200);
    assert_int_equal(fixture->server->seen_count, 2);
    outcome_free(&outcome);
  }
}

static void what_may_have_been_accepted_is_sent_once(void **state) {
  struct fixture *fixture = *state;
  static const struct reply scripts[] = {
      {.text = "HTTP/1.1 503 Off\r\n" EMPTY},
      {.text = "HTTP/1.1 503 Off\r\nRetry-After: soon\r\n" EMPTY},
      {.text = "HTTP/1.1 500 Oops\r\nRetry-After: 0\r\n" EMPTY},
      {.text = "HTTP/1.1 408 Late\r\n" EMPTY},
      {.text = "HTTP/1.1 302 Found\r\nRetry-After: 0\r\nLocation: /\r\n" EMPTY},
      {.then = CLOSE},
      {.then = RESET},
      {.text = "HTTP/1.1 429 Sl", .then = CLOSE},
  };
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    fixture_serve(fixture, &scripts[i], 1);
    struct outcome outcome = pass(fixture, &quick);
    assert_int_equal(fixture->server->seen_count, 1);
    outcome_free(&outcome);
  }
}

static void what_cannot_get_better_is_tried_once(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  fixture->server->greet = true; /* in plain text, to a client that speaks TLS */
  snprintf(fixture->url, sizeof fixture->url, "https://127.0.0.1:%u/",
           fixture->server->port);
  struct outcome outcome = pass(fixture, &quick);
  outcome_is_failure(&outcome, "tls", false);
  assert_int_equal(fixture->server->connections, 1);
}

static void tries_are_counted_and_the_last_outcome_is_told(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {{.text = "HTTP/1.1 429 Slow\r\n" EMPTY}};
  static const unsigned tries[][2] = {{1, 1}, {3, 3}, {0, 5}};
  for (size_t i = 0; i < 3; i++) {
    SERVE(fixture, script);
    struct http_lane_plan plan = quick;
    plan.tries = tries[i][0];
    struct outcome outcome = pass(fixture, &plan);
    assert_int_equal(outcome.status, 429);
    assert_int_equal(fixture->server->seen_count, tries[i][1]);
    outcome_free(&outcome);
  }
}

static void a_closed_port_is_tried_again_after_growing_pauses(void **state) {
  struct fixture *fixture = *state;
  unsigned short port;
  int fd = scripted_bind(&port); /* and does not listen */
  snprintf(fixture->url, sizeof fixture->url, "http://127.0.0.1:%u/", port);
  struct http_lane *lane = open_lane(
      fixture,
      &(struct http_lane_plan){.tries = 4, .first_pause = 0.01, .last_pause = 9});
  struct outcome outcome = {0};
  left_count = 0;
  queue(lane, fixture->url, note_and_go, &outcome);
  run_until(fixture->loop, &outcome.done);
  outcome_is_failure(&outcome, "refused", false);
  assert_int_equal(left_count, 4); /* ready is called before each try */
  assert_true(left[1] - left[0] >= 0.0075);
  assert_true(left[2] - left[1] >= 0.015);
  assert_true(left[3] - left[2] >= 0.03);
  http_lane_free(lane);
  close(fd);
}

static void retry_after_is_waited_for(void **state) {
  struct fixture *fixture = *state;
  static const struct reply scripts[][2] = {
      {{.text = "HTTP/1.1 429 Slow\r\nRetry-After: 1\r\n" EMPTY}, {.text = ok_text}},
      {{.text = "HTTP/1.1 503 Off\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                "Retry-After: Sun, 06 Nov 1994 08:49:38 GMT\r\n" EMPTY},
       {.text = ok_text}},
  };
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    SERVE(fixture, scripts[i]);
    struct outcome outcome = pass(fixture, &quick);
    assert_int_equal(outcome.status, 200);
    assert_int_equal(fixture->server->seen_count, 2);
    assert_true(fixture->server->seen[1].at - fixture->server->seen[0].at >= 1);
    outcome_free(&outcome);
  }
}

static void one_that_waits_lets_others_pass(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {
      {.text = "HTTP/1.1 429 Slow\r\nRetry-After: 1000\r\n" EMPTY}, {.text = ok_text}};
  SERVE(fixture, script);
  struct http_lane *lane = open_lane(fixture, &quick);
  struct outcome slow = {0}, other = {0};
  queue(lane, fixture->url, NULL, &slow);
  while (!fixture->server->seen_count) ev_run(fixture->loop, EVRUN_ONCE);
  queue(lane, fixture->url, NULL, &other);
  run_until(fixture->loop, &other.done);
  assert_int_equal(slow.calls, 0);
  outcome_free(&other);
  http_lane_free(lane);
}

/* The first is told to come again while the second holds the lane and the third waits. */
static void a_second_try_keeps_its_place(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {{.then = KEEP}, {.text = ok_text}},
                            again = {.text =
                                         "HTTP/1.1 429 Slow\r\nRetry-After: 0\r\n" EMPTY};
  SERVE(fixture, script);
  struct http_lane *lane =
      open_lane(fixture, &(struct http_lane_plan){.per_second = 1 / interval});
  struct outcome outcomes[3] = {{0}};
  char url[64];
  held_count = 0;
  for (int i = 0; i < 3; i++) {
    numbered(fixture, i, url);
    queue(lane, url, i == 1 ? hold : NULL, &outcomes[i]);
  }
  wait_for_held(fixture, 1);
  while (!fixture->server->seen_count) ev_run(fixture->loop, EVRUN_ONCE);
  scripted_answer(fixture->server->peers, &again);
  ev_run(fixture->loop, 0); /* all but the held one are done or wait */
  http_lane_go(held[0]);
  for (int i = 0; i < 3; i++) {
    run_until(fixture->loop, &outcomes[i].done);
    outcome_free(&outcomes[i]);
  }
  static const int order[] = {0, 1, 0, 2};
  for (size_t i = 0; i < 4; i++) assert_int_equal(number(fixture, i), order[i]);
  http_lane_free(lane);
}

static void a_canceled_ticket_is_neither_sent_nor_told(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {
      {.text = "HTTP/1.1 429 Slow\r\nRetry-After: 1000\r\n" EMPTY}, {.then = KEEP}};
  SERVE(fixture, script);
  struct http_lane *lane = open_lane(fixture, &quick);
  struct outcome outcome = {0};
  held_count = 0;
  struct http_ticket *pausing = queue(lane, fixture->url, NULL, &outcome);
  while (!fixture->server->seen_count) ev_run(fixture->loop, EVRUN_ONCE);
  struct http_ticket *under_way = queue(lane, fixture->url, NULL, &outcome);
  while (fixture->server->seen_count < 2) ev_run(fixture->loop, EVRUN_ONCE);
  struct http_ticket *asked = queue(lane, fixture->url, hold, &outcome);
  wait_for_held(fixture, 1);
  http_lane_cancel(queue(lane, fixture->url, NULL, &outcome));
  http_lane_cancel(pausing);
  http_lane_cancel(under_way);
  http_lane_cancel(asked);
  ev_run(fixture->loop, 0); /* nothing is left to do */
  assert_int_equal(outcome.calls, 0);
  assert_int_equal(fixture->server->seen_count, 2);
  http_lane_free(lane);
}

static void canceling_the_asked_one_lets_the_next_leave(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct http_lane *lane =
      open_lane(fixture, &(struct http_lane_plan){.per_second = 1 / interval});
  struct outcome first = {0}, second = {0};
  held_count = 0;
  struct http_ticket *asked = queue(lane, fixture->url, hold, &first);
  queue(lane, fixture->url, NULL, &second);
  wait_for_held(fixture, 1);
  http_lane_cancel(asked);
  run_until(fixture->loop, &second.done);
  assert_int_equal(second.status, 200);
  assert_int_equal(first.calls, 0);
  outcome_free(&second);
  http_lane_free(lane);
}

static void cancel_at_ready(void *context, struct http_ticket *ticket) {
  ((struct outcome *)context)->done = true;
  http_lane_cancel(ticket);
}

static void a_ready_may_cancel(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct http_lane *lane = open_lane(fixture, &quick);
  struct outcome outcome = {0};
  queue(lane, fixture->url, cancel_at_ready, &outcome);
  run_until(fixture->loop, &outcome.done);
  ev_run(fixture->loop, 0);
  assert_int_equal(outcome.calls, 0);
  assert_int_equal(fixture->server->seen_count, 0);
  http_lane_free(lane);
}

static void a_lane_freed_halfway_drops_everything(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {
      {.text = "HTTP/1.1 429 Slow\r\nRetry-After: 1000\r\n" EMPTY}, {.then = KEEP}};
  SERVE(fixture, script);
  struct http_lane *lane = open_lane(fixture, &quick);
  struct outcome outcome = {0};
  held_count = 0;
  for (unsigned i = 0; i < 2; i++) {
    queue(lane, fixture->url, NULL, &outcome);
    while (fixture->server->seen_count <= i) ev_run(fixture->loop, EVRUN_ONCE);
  }
  queue(lane, fixture->url, hold, &outcome);
  wait_for_held(fixture, 1);
  queue(lane, fixture->url, NULL, &outcome);
  http_lane_free(lane);
  ev_run(fixture->loop, 0); /* nothing is left to do */
  assert_int_equal(outcome.calls, 0);
}

struct breaker {
  struct http_lane *lane;
  bool done;
};

static void free_lane(void *context, const struct http_answer *answer,
                      const struct http_failure *failure) {
  (void)answer, (void)failure;
  struct breaker *breaker = context;
  http_lane_free(breaker->lane);
  breaker->done = true;
}

static void a_done_may_free_the_lane(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  struct breaker breaker = {.lane = open_lane(fixture, &quick)};
  struct http_request request = {.url = fixture->url};
  for (unsigned i = 0; i < 3; i++)
    http_lane_send(breaker.lane, &request, NULL, free_lane, &breaker, NULL);
  run_until(fixture->loop, &breaker.done);
  ev_run(fixture->loop, EVRUN_NOWAIT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SPEC(an_unusable_request_is_refused_at_once),
      SPEC(a_rate_is_kept_by_queueing_in_order),
      SPEC(second_tries_keep_the_rate_too),
      SPEC(a_later_go_counts_for_the_rate),
      SPEC(without_a_rate_many_are_asked_at_once),
      SPEC(what_is_surely_not_accepted_is_sent_again),
      SPEC(what_may_have_been_accepted_is_sent_once),
      SPEC(what_cannot_get_better_is_tried_once),
      SPEC(tries_are_counted_and_the_last_outcome_is_told),
      SPEC(a_closed_port_is_tried_again_after_growing_pauses),
      SPEC(retry_after_is_waited_for),
      SPEC(one_that_waits_lets_others_pass),
      SPEC(a_second_try_keeps_its_place),
      SPEC(a_canceled_ticket_is_neither_sent_nor_told),
      SPEC(canceling_the_asked_one_lets_the_next_leave),
      SPEC(a_ready_may_cancel),
      SPEC(a_lane_freed_halfway_drops_everything),
      SPEC(a_done_may_free_the_lane),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
