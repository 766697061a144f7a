/* Clients that do not get on are cut. The tests wait for the close, however long it
 * takes, and never ask when it came. */
#include "visitor.h"

#define PATIENCE 0.2

static void cuts_a_client_that_sends_nothing(void **state) {
  (void)state;
  struct stage stage = {.plan.patience = PATIENCE};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_until_closed(&visitor);
  assert_int_equal(visitor.received.length, 0);
  visitor_leave(&visitor);
  stage_close(&stage);
}

struct dripper {
  struct visitor visitor;
  const char *next;
  ev_timer timer;
};

static void drip(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop, (void)events;
  struct dripper *dripper = timer->data;
  visitor_send_bytes(&dripper->visitor, dripper->next, 1);
  if (dripper->next[1]) dripper->next++; /* repeats its last byte for ever */
}

static void drip_until_closed(struct stage *stage, const char *request) {
  struct dripper dripper = {.next = request};
  visitor_open(&dripper.visitor, stage);
  ev_timer_init(&dripper.timer, drip, 0., PATIENCE / 50);
  dripper.timer.data = &dripper;
  ev_timer_start(stage->loop, &dripper.timer);
  visitor_until_closed(&dripper.visitor);
  ev_timer_stop(stage->loop, &dripper.timer);
  assert_int_equal(stage->served, 0);
  visitor_leave(&dripper.visitor);
}

/* Each byte would renew a mere inactivity time-out. */
static void cuts_a_client_that_drips(void **state) {
  (void)state;
  struct stage stage = {.plan.patience = PATIENCE};
  stage_open(&stage);
  drip_until_closed(&stage, "GET /xxxx");
  drip_until_closed(&stage, "GET / HTTP/1.1\r\nA: xxx");
  stage_close(&stage);
}

static void begin_dripping(struct stage *stage, struct dripper *dripper, const char *head,
                           const char *rest) {
  *dripper = (struct dripper){.next = rest};
  visitor_open(&dripper->visitor, stage);
  visitor_send(&dripper->visitor, head);
  ev_timer_init(&dripper->timer, drip, 0., PATIENCE / 50);
  dripper->timer.data = dripper;
  ev_timer_start(stage->loop, &dripper->timer);
}

static void cuts_a_body_that_drips(void **state) {
  (void)state;
  static const char *const heads[] = {
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
  };
  for (int i = 0; i < 2; i++) {
    struct stage stage = {.plan.patience = PATIENCE};
    stage_open(&stage);
    struct dripper dripper;
    begin_dripping(&stage, &dripper, heads[i], "x");
    visitor_until_closed(&dripper.visitor);
    ev_timer_stop(stage.loop, &dripper.timer);
    assert_int_equal(stage.served, 0);
    visitor_leave(&dripper.visitor);
    stage_close(&stage);
  }
}

static void cuts_an_idle_kept_connection(void **state) {
  (void)state;
  struct stage stage = {.plan.patience = PATIENCE};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_get(&visitor, "/");
  assert_answer(&visitor, 200, "/");
  visitor_until_closed(&visitor);
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void cuts_a_second_request_that_drips(void **state) {
  (void)state;
  struct stage stage = {.plan.patience = PATIENCE};
  stage_open(&stage);
  struct dripper dripper;
  begin_dripping(&stage, &dripper, "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET / HTTP/1.1\r\nA: xxx");
  visitor_until_closed(&dripper.visitor);
  ev_timer_stop(stage.loop, &dripper.timer);
  assert_int_equal(stage.served, 1);
  visitor_leave(&dripper.visitor);
  stage_close(&stage);
}

/* A client that came later is cut first: the waiting one is not on the clock. */
static void spares_a_client_that_waits_for_us(void **state) {
  (void)state;
  struct stage stage = {.plan.patience = PATIENCE, .later = true};
  stage_open(&stage);
  struct visitor waiting, idle;
  visitor_open(&waiting, &stage);
  visitor_get(&waiting, "/");
  stage_until_holding(&stage, 1);
  visitor_open(&idle, &stage);
  visitor_until_closed(&idle);
  assert_false(waiting.closed);
  stage_answer(&stage, 200, "at last");
  assert_answer(&waiting, 200, "at last");
  visitor_leave(&idle);
  visitor_leave(&waiting);
  stage_close(&stage);
}

/* The answer does not fit the socket's buffers and nobody reads it. */
static void cuts_a_client_that_does_not_read(void **state) {
  (void)state;
  struct stage stage = {.plan.patience = PATIENCE, .later = true};
  stage_open(&stage);
  struct visitor deaf, idle;
  visitor_open(&deaf, &stage);
  ev_io_stop(stage.loop, &deaf.readable);
  visitor_get(&deaf, "/");
  stage_until_holding(&stage, 1);
  size_t length = (size_t)32 << 20;
  char *body = calloc(1, length);
  http_answer_send(stage.held[0], 200, body, length);
  free(body);
  stage.holding = 0;
  for (int i = 0; i < 2; i++) { /* the second one starts after the deaf one's deadline */
    visitor_open(&idle, &stage);
    visitor_until_closed(&idle);
    visitor_leave(&idle);
  }
  ev_io_start(stage.loop, &deaf.readable);
  visitor_until_closed(&deaf);
  assert_true(deaf.received.length < length);
  visitor_leave(&deaf);
  stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cuts_a_client_that_sends_nothing),
      cmocka_unit_test(cuts_a_client_that_drips),
      cmocka_unit_test(cuts_a_body_that_drips),
      cmocka_unit_test(cuts_an_idle_kept_connection),
      cmocka_unit_test(cuts_a_second_request_that_drips),
      cmocka_unit_test(spares_a_client_that_waits_for_us),
      cmocka_unit_test(cuts_a_client_that_does_not_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
