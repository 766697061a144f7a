/* Many clients, limits, and the end. */
#include "visitor.h"

enum { CROWD = 300 };

static void serves_a_crowd(void **state) {
  (void)state;
  struct stage stage = {.later = true};
  stage_open(&stage);
  struct visitor *crowd = calloc(CROWD, sizeof *crowd);
  for (int i = 0; i < CROWD; i++) {
    visitor_open(&crowd[i], &stage);
    visitor_get(&crowd[i], "/");
  }
  stage_until_holding(&stage, CROWD);
  while (stage.holding) stage_answer(&stage, 200, "{}");
  for (int i = 0; i < CROWD; i++) assert_answer(&crowd[i], 200, "{}");
  stage.later = false;
  for (int i = 0; i < CROWD; i++) {
    char path[16];
    snprintf(path, sizeof path, "/%d", i);
    visitor_post(&crowd[i], path, "body");
  }
  for (int i = 0; i < CROWD; i++) {
    char path[16];
    snprintf(path, sizeof path, "/%d", i);
    assert_answer(&crowd[i], 200, path);
    visitor_leave(&crowd[i]);
  }
  free(crowd);
  stage_close(&stage);
}

/* One more than the limit waits at the door, and comes in when another leaves. */
static void limits_connections(void **state) {
  (void)state;
  struct stage stage = {.plan.connections = 2};
  stage_open(&stage);
  struct visitor inside[2], waiting;
  for (int i = 0; i < 2; i++) {
    visitor_open(&inside[i], &stage);
    visitor_get(&inside[i], "/inside");
    assert_answer(&inside[i], 200, "/inside");
  }
  visitor_open(&waiting, &stage);
  visitor_get(&waiting, "/waiting");
  for (int i = 0; i < 20; i++) {
    visitor_get(&inside[i % 2], "/inside");
    assert_answer(&inside[i % 2], 200, "/inside");
  }
  assert_int_equal(waiting.received.length, 0);
  visitor_leave(&inside[0]);
  assert_answer(&waiting, 200, "/waiting");
  visitor_leave(&inside[1]);
  visitor_leave(&waiting);
  stage_close(&stage);
}

static void limits_connections_of_one_address(void **state) {
  (void)state;
  struct stage stage = {.plan.per_address = 2};
  stage_open(&stage);
  struct visitor inside[2], third, other;
  for (int i = 0; i < 2; i++) {
    visitor_open(&inside[i], &stage);
    visitor_get(&inside[i], "/inside");
    assert_answer(&inside[i], 200, "/inside");
  }
  visitor_open(&third, &stage);
  visitor_until_closed(&third);
  visitor_from(&other, &stage, "127.0.0.2");
  visitor_get(&other, "/other");
  assert_answer(&other, 200, "/other");
  for (int i = 0; i < 2; i++) visitor_leave(&inside[i]);
  visitor_leave(&third);
  visitor_leave(&other);
  stage_close(&stage);
}

static void answers_what_waits_when_it_stops(void **state) {
  (void)state;
  struct stage stage = {.later = true};
  stage_open(&stage);
  struct visitor waiting[3], pipelining, idle, half;
  for (int i = 0; i < 3; i++) {
    visitor_open(&waiting[i], &stage);
    visitor_get(&waiting[i], "/");
  }
  visitor_open(&pipelining, &stage);
  visitor_send(&pipelining,
               "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
               "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  stage_until_holding(&stage, 4);
  visitor_open(&idle, &stage);
  visitor_open(&half, &stage);
  visitor_send(&half, "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf");
  http_server_free(stage.server);
  stage.server = NULL;
  for (int i = 0; i < 3; i++) {
    assert_answer(
        &waiting[i], 503,
        "{\"error\":{\"code\":\"stopping\",\"message\":\"the engine is stopping\"}}");
    visitor_until_closed(&waiting[i]);
    visitor_leave(&waiting[i]);
  }
  assert_answer(
      &pipelining, 503,
      "{\"error\":{\"code\":\"stopping\",\"message\":\"the engine is stopping\"}}");
  visitor_until_closed(&pipelining);
  visitor_until_closed(&idle);
  visitor_until_closed(&half);
  assert_int_equal(stage.served, 4); /* the second pipelined request was not */
  visitor_leave(&pipelining);
  visitor_leave(&idle);
  visitor_leave(&half);
  stage_close(&stage);
}

/* Answered but not yet sent is not lost either. */
static void sends_given_answers_when_it_stops(void **state) {
  (void)state;
  struct stage stage = {.later = true};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_get(&visitor, "/");
  stage_until_holding(&stage, 1);
  stage_answer(&stage, 200, "given");
  http_server_free(stage.server);
  stage.server = NULL;
  assert_answer(&visitor, 200, "given");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void leaves_nothing_on_the_loop(void **state) {
  (void)state;
  struct stage stage = {.later = true};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_get(&visitor, "/");
  stage_until_holding(&stage, 1);
  http_server_free(stage.server);
  stage.server = NULL;
  visitor_until_closed(&visitor);
  visitor_leave(&visitor);
  ev_timer_stop(stage.loop, &stage.alarm);
  assert_false(ev_run(stage.loop, 0)); /* returns at once when nothing is active */
  stage_close(&stage);
}

static void count_line(void *context, enum log_level level, const char *line) {
  assert_int_equal(level, LEVEL_DEBUG);
  assert_null(strchr(line, '\n'));
  assert_ptr_equal(strstr(line, "http server: "), line);
  ++*(unsigned *)context;
}

static void logs_what_it_refuses(void **state) {
  (void)state;
  unsigned lines = 0;
  struct log log = {.sink = count_line, .context = &lines, .most = LEVEL_DEBUG};
  struct stage stage = {.plan.log = &log};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_send(&visitor, "GET / HTTP/one\r\n\r\n");
  visitor_until_closed(&visitor);
  assert_int_not_equal(lines, 0);
  visitor_leave(&visitor);
  stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(serves_a_crowd),
      cmocka_unit_test(limits_connections),
      cmocka_unit_test(limits_connections_of_one_address),
      cmocka_unit_test(answers_what_waits_when_it_stops),
      cmocka_unit_test(sends_given_answers_when_it_stops),
      cmocka_unit_test(leaves_nothing_on_the_loop),
      cmocka_unit_test(logs_what_it_refuses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
