/* Requests and their answers. */
#include "visitor.h"

static void serves_method_path_and_body(void **state) {
  (void)state;
  struct stage stage = {0};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_post(&visitor, "/hooks/routee/a%20b%2fc?token=1", "{\"digits\":\"1234\"}");
  assert_answer(&visitor, 200, "/hooks/routee/a b/c");
  assert_string_equal(buffer_string(&stage.seen),
                      "POST /hooks/routee/a b/c\n{\"digits\":\"1234\"}");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void every_answer_is_json(void **state) {
  (void)state;
  struct stage stage = {.later = true};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  static const int statuses[] = {200, 201, 202, 400, 401, 404, 405, 409, 500, 503};
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
    visitor_get(&visitor, "/");
    stage_until_holding(&stage, 1);
    stage_answer(&stage, statuses[i], "{\"verbs\":[]}");
    while (!visitor_has(&visitor, "verbs")) stage_turn(&stage);
    assert_true(visitor_has(&visitor, "Content-Type: application/json\r\n"));
    assert_answer(&visitor, statuses[i], "{\"verbs\":[]}");
  }
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void sends_an_empty_answer(void **state) {
  (void)state;
  struct stage stage = {.later = true};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_get(&visitor, "/");
  stage_until_holding(&stage, 1);
  http_answer_send(stage.held[0], 200, NULL, 0);
  assert_answer(&visitor, 200, "");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void copies_a_large_answer(void **state) {
  (void)state;
  struct stage stage = {.later = true};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_get(&visitor, "/");
  stage_until_holding(&stage, 1);
  size_t length = (size_t)4 << 20;
  char *body = malloc(length);
  memset(body, 'x', length);
  http_answer_send(stage.held[0], 200, body, length);
  memset(body, 'y', length);
  free(body);
  assert_int_equal(visitor_answer(&visitor, NULL, 0), 200);
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void answers_head_without_a_body(void **state) {
  (void)state;
  struct stage stage = {0};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_send(&visitor, "HEAD /x HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  visitor_until_closed(&visitor);
  assert_true(visitor_has(&visitor, "HTTP/1.1 200"));
  assert_string_equal(strstr(visitor.received.data, "\r\n\r\n"), "\r\n\r\n");
  assert_string_equal(buffer_string(&stage.seen), "HEAD /x\n");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void passes_on_any_method(void **state) {
  (void)state;
  struct stage stage = {0};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_send(&visitor, "BREW /pot HTTP/1.1\r\nHost: here\r\n\r\n");
  assert_answer(&visitor, 200, "/pot");
  assert_string_equal(buffer_string(&stage.seen), "BREW /pot\n");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void finds_query_and_headers(void **state) {
  (void)state;
  struct stage stage = {.later = true};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_send(&visitor,
               "GET /?Key=0&key=a+b%26c&key=second&bare&empty= HTTP/1.1\r\n"
               "Host: here\r\nX-Signature: abc\r\nx-signature: def\r\n\r\n");
  stage_until_holding(&stage, 1);
  const struct http_exchange *exchange = stage.held[0];
  assert_string_equal(http_incoming_query(exchange, "key"), "a b&c");
  assert_string_equal(http_incoming_query(exchange, "Key"), "0");
  assert_string_equal(http_incoming_query(exchange, "bare"), "");
  assert_string_equal(http_incoming_query(exchange, "empty"), "");
  assert_null(http_incoming_query(exchange, "absent"));
  assert_string_equal(http_incoming_header(exchange, "X-SIGNATURE"), "abc");
  assert_null(http_incoming_header(exchange, "key"));
  assert_null(http_incoming_query(exchange, "host"));
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void keeps_a_connection_for_more_requests(void **state) {
  (void)state;
  struct stage stage = {0};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_post(&visitor, "/first", "a long body that the next request must not see");
  assert_answer(&visitor, 200, "/first");
  visitor_post(&visitor, "/second", "short");
  assert_answer(&visitor, 200, "/second");
  assert_string_equal(buffer_string(&stage.seen), "POST /second\nshort");
  visitor_get(&visitor, "/third");
  assert_answer(&visitor, 200, "/third");
  assert_string_equal(buffer_string(&stage.seen), "GET /third\n");
  assert_false(visitor.closed);
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void pipelined(bool later) {
  struct stage stage = {.later = later};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_send(&visitor,
               "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
               "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
               "POST /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nthree");
  static const char *const paths[] = {"/1", "/2", "/3"};
  for (int i = 0; i < 3; i++) {
    if (later) {
      stage_until_holding(&stage, 1);
      assert_int_equal(stage.served, i + 1);
      stage_answer(&stage, 200, paths[i]);
    }
    assert_answer(&visitor, 200, paths[i]);
  }
  assert_string_equal(buffer_string(&stage.seen), "POST /3\nthree");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void answers_pipelined_requests_in_order(void **state) {
  (void)state;
  pipelined(false);
  pipelined(true);
}

static void answer_held(struct ev_loop *loop, ev_prepare *watcher, int events) {
  (void)loop, (void)events;
  struct stage *stage = watcher->data;
  if (stage->holding) stage_answer(stage, 200, "prepared");
}

/* A commit that runs just before the loop sleeps must still get its answer out. */
static void wakes_the_loop_for_a_late_answer(void **state) {
  (void)state;
  struct stage stage = {.later = true};
  stage_open(&stage);
  ev_prepare prepare;
  ev_prepare_init(&prepare, answer_held);
  prepare.data = &stage;
  ev_prepare_start(stage.loop, &prepare);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  for (int i = 0; i < 3; i++) {
    visitor_get(&visitor, "/");
    assert_answer(&visitor, 200, "prepared");
  }
  ev_prepare_stop(stage.loop, &prepare);
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void never_done(struct ev_loop *loop, ev_io *watcher, int events) {
  (void)loop, (void)watcher, (void)events;
}

static void is_not_starved_by_busy_neighbours(void **state) {
  (void)state;
  struct stage stage = {.later = true};
  stage_open(&stage);
  int ends[2];
  assert_return_code(pipe(ends), errno);
  ev_io busy; /* always ready, for an open pipe always takes more */
  ev_io_init(&busy, never_done, ends[1], EV_WRITE);
  ev_io_start(stage.loop, &busy);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_get(&visitor, "/");
  stage_until_holding(&stage, 1);
  stage_answer(&stage, 200, "{}");
  assert_answer(&visitor, 200, "{}");
  ev_io_stop(stage.loop, &busy);
  close(ends[0]);
  close(ends[1]);
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void serve_and_answer_others(void *context, struct http_exchange *exchange,
                                    const struct http_incoming *incoming) {
  struct stage *stage = context;
  if (strcmp(incoming->path, "/release") == 0) {
    while (stage->holding) stage_answer(stage, 200, "released");
    http_answer_send(exchange, 200, "releasing", 9);
    return;
  }
  stage->held[stage->holding++] = exchange;
}

static void answers_one_exchange_while_serving_another(void **state) {
  (void)state;
  struct stage stage = {.plan.serve = serve_and_answer_others};
  stage_open(&stage);
  struct visitor waiting[2], other;
  for (unsigned i = 0; i < 2; i++) {
    visitor_open(&waiting[i], &stage);
    visitor_get(&waiting[i], "/wait");
    stage_until_holding(&stage, i + 1);
  }
  visitor_open(&other, &stage);
  visitor_get(&other, "/release");
  assert_answer(&other, 200, "releasing");
  for (int i = 0; i < 2; i++) assert_answer(&waiting[i], 200, "released");
  for (int i = 0; i < 2; i++) visitor_leave(&waiting[i]);
  visitor_leave(&other);
  stage_close(&stage);
}

/* The client is gone before its answer; the server must neither mind nor stop. */
static void forgets_a_client_that_left(void **state) {
  (void)state;
  void (*const ways[])(struct visitor *) = {visitor_leave, visitor_slam};
  for (int way = 0; way < 2; way++) {
    struct stage stage = {.later = true};
    stage_open(&stage);
    struct visitor visitor;
    visitor_open(&visitor, &stage);
    visitor_post(&visitor, "/", "{}");
    stage_until_holding(&stage, 1);
    ways[way](&visitor);
    stage_answer(&stage, 200, "too late");
    visitor_open(&visitor, &stage);
    visitor_get(&visitor, "/");
    stage_until_holding(&stage, 1);
    stage_answer(&stage, 200, "in time");
    assert_answer(&visitor, 200, "in time");
    visitor_leave(&visitor);
    stage_close(&stage);
  }
}

static void forgets_a_client_that_left_early(void **state) {
  (void)state;
  struct stage stage = {0};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_send(&visitor,
               "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nhalf");
  visitor_leave(&visitor);
  visitor_open(&visitor, &stage);
  visitor_get(&visitor, "/next");
  assert_answer(&visitor, 200, "/next");
  assert_int_equal(stage.served, 1);
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void lets_a_client_ask_before_it_sends(void **state) {
  (void)state;
  struct stage stage = {0};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_send(&visitor,
               "POST /big HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n"
               "Expect: 100-continue\r\n\r\n");
  assert_int_equal(visitor_answer(&visitor, NULL, 0), 100);
  visitor_send(&visitor, "body");
  assert_answer(&visitor, 200, "/big");
  visitor_leave(&visitor);
  stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(serves_method_path_and_body),
      cmocka_unit_test(every_answer_is_json),
      cmocka_unit_test(sends_an_empty_answer),
      cmocka_unit_test(copies_a_large_answer),
      cmocka_unit_test(answers_head_without_a_body),
      cmocka_unit_test(passes_on_any_method),
      cmocka_unit_test(finds_query_and_headers),
      cmocka_unit_test(keeps_a_connection_for_more_requests),
      cmocka_unit_test(answers_pipelined_requests_in_order),
      cmocka_unit_test(wakes_the_loop_for_a_late_answer),
      cmocka_unit_test(is_not_starved_by_busy_neighbours),
      cmocka_unit_test(answers_one_exchange_while_serving_another),
      cmocka_unit_test(forgets_a_client_that_left),
      cmocka_unit_test(forgets_a_client_that_left_early),
      cmocka_unit_test(lets_a_client_ask_before_it_sends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
