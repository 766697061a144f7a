/* What the server refuses by itself; nothing of it may reach serve. */
#include "visitor.h"

static void takes_a_body_up_to_the_limit(void **state) {
  (void)state;
  struct stage stage = {.plan.body_limit = 8};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_post(&visitor, "/", "12345678");
  assert_answer(&visitor, 200, "/");
  assert_string_equal(buffer_string(&stage.seen), "POST /\n12345678");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void takes_64_kib_by_default(void **state) {
  (void)state;
  struct stage stage = {0};
  stage_open(&stage);
  char *body = calloc(1, 65536 + 1);
  memset(body, 'x', 65536);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_post(&visitor, "/", body);
  assert_answer(&visitor, 200, "/");
  assert_int_equal(stage.seen.length, strlen("POST /\n") + 65536);
  visitor_send(&visitor, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n");
  assert_answer(
      &visitor, 413,
      "{\"error\":{\"code\":\"too_large\",\"message\":\"the body is too large\"}}");
  free(body);
  visitor_leave(&visitor);
  stage_close(&stage);
}

/* The body never comes: the answer can only be to its announcement. */
static void refuses_an_announced_large_body_at_once(void **state) {
  (void)state;
  struct stage stage = {.plan.body_limit = 8};
  stage_open(&stage);
  static const char *const lengths[] = {"9", "18446744073709551615"};
  for (int i = 0; i < 2; i++) {
    struct visitor visitor;
    visitor_open(&visitor, &stage);
    char head[128];
    snprintf(head, sizeof head,
             "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %s\r\n\r\n", lengths[i]);
    visitor_send(&visitor, head);
    while (!visitor_has(&visitor, "\r\n\r\n{")) stage_turn(&stage);
    assert_true(visitor_has(&visitor, "Content-Type: application/json\r\n"));
    assert_answer(
        &visitor, 413,
        "{\"error\":{\"code\":\"too_large\",\"message\":\"the body is too large\"}}");
    visitor_until_closed(&visitor);
    visitor_leave(&visitor);
  }
  assert_int_equal(stage.served, 0);
  stage_close(&stage);
}

static const char CHUNKED[] =
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

static void joins_the_chunks_of_a_body(void **state) {
  (void)state;
  struct stage stage = {.plan.body_limit = 8};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_send(&visitor, CHUNKED);
  visitor_send(&visitor, "3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n");
  assert_answer(&visitor, 200, "/");
  assert_string_equal(buffer_string(&stage.seen), "POST /\nabcdefgh");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void refuses_a_large_chunked_body(void **state) {
  (void)state;
  struct stage stage = {.plan.body_limit = 8};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_send(&visitor, CHUNKED);
  visitor_send(&visitor, "3\r\nabc\r\n6\r\ndefghi\r\n1\r\nj\r\n0\r\n\r\n");
  assert_answer(
      &visitor, 413,
      "{\"error\":{\"code\":\"too_large\",\"message\":\"the body is too large\"}}");
  assert_int_equal(stage.served, 0);
  visitor_post(&visitor, "/next", "fits");
  assert_answer(&visitor, 200, "/next");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void refused(const char *request, int status) {
  struct stage stage = {0};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_send(&visitor, request);
  assert_int_equal(visitor_answer(&visitor, NULL, 0), status);
  visitor_until_closed(&visitor);
  assert_int_equal(stage.served, 0);
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void refuses_a_hidden_nul(void **state) {
  (void)state;
  refused("GET /hooks/routee/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400);
  refused("GET /hooks%00/routee HTTP/1.1\r\nHost: x\r\n\r\n", 400);
  refused("GET /?key=a%00b HTTP/1.1\r\nHost: x\r\n\r\n", 400);
  refused("GET /?ke%00y=a HTTP/1.1\r\nHost: x\r\n\r\n", 400);
}

static void decodes_an_address_once(void **state) {
  (void)state;
  struct stage stage = {0};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_get(&visitor, "/%2500");
  assert_answer(&visitor, 200, "/%00");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void refuses_broken_requests(void **state) {
  (void)state;
  refused("GET / HTTP/one\r\nHost: x\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: x\r\nno colon here\r\n\r\n", 400);
  refused("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", 400);
  refused("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400);
  refused("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabc", 501);
}

static void refuses_a_large_head(void **state) {
  (void)state;
  char *line = malloc(40000);
  int start = snprintf(line, 40000, "GET / HTTP/1.1\r\nHost: x\r\nX-Large: ");
  memset(line + start, 'x', (size_t)(30000 - start));
  strcpy(line + 30000, "\r\n\r\n");
  refused(line, 431);
  memcpy(line, "GET /", 5);
  memset(line + 5, 'x', 29995);
  refused(line, 414);
  free(line);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_a_body_up_to_the_limit),
      cmocka_unit_test(takes_64_kib_by_default),
      cmocka_unit_test(refuses_an_announced_large_body_at_once),
      cmocka_unit_test(joins_the_chunks_of_a_body),
      cmocka_unit_test(refuses_a_large_chunked_body),
      cmocka_unit_test(refuses_a_hidden_nul),
      cmocka_unit_test(decodes_an_address_once),
      cmocka_unit_test(refuses_broken_requests),
      cmocka_unit_test(refuses_a_large_head),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
