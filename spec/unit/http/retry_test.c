/* What is sent a second time, when, and what never is. */
#include "http/lane_fixture.h"

static const struct reply ok[] = {{.text = ok_text}};

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

int main(void) {
  const struct CMUnitTest tests[] = {
      SPEC(second_tries_keep_the_rate_too),
      SPEC(what_is_surely_not_accepted_is_sent_again),
      SPEC(what_may_have_been_accepted_is_sent_once),
      SPEC(what_cannot_get_better_is_tried_once),
      SPEC(tries_are_counted_and_the_last_outcome_is_told),
      SPEC(a_closed_port_is_tried_again_after_growing_pauses),
      SPEC(retry_after_is_waited_for),
      SPEC(one_that_waits_lets_others_pass),
      SPEC(a_second_try_keeps_its_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
