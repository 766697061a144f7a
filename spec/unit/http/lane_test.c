/* Order and spacing on the way to one provider, and the ways out of the lane. */
#include "http/lane_fixture.h"

enum { SOME = 6 };

static const struct reply ok[] = {{.text = ok_text}};

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
      SPEC(a_later_go_counts_for_the_rate),
      SPEC(without_a_rate_many_are_asked_at_once),
      SPEC(a_canceled_ticket_is_neither_sent_nor_told),
      SPEC(canceling_the_asked_one_lets_the_next_leave),
      SPEC(a_ready_may_cancel),
      SPEC(a_lane_freed_halfway_drops_everything),
      SPEC(a_done_may_free_the_lane),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
