/* One exchange: what goes out, what comes back, how it fails and whether it was sent. */
#include "http/fixture.h"

/* In a Turkish locale the small letter of I is no ASCII, and tolower leaves I as it is.
 */
const __int32_t **__wrap___ctype_tolower_loc(void);
const __int32_t **__wrap___ctype_tolower_loc(void) {
  static __int32_t letters[384];
  static const __int32_t *table = letters + 128;
  for (int i = -128; i < 256; i++)
    letters[i + 128] = i >= 'A' && i <= 'Z' && i != 'I' ? i - 'A' + 'a' : i;
  return &table;
}

static const char ok_text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static const struct reply ok[] = {{.text = ok_text}};

static const char *sent(const struct fixture *fixture) {
  assert_true(fixture->server->seen_count > 0);
  return fixture->server->seen[fixture->server->seen_count - 1].text;
}

static void an_answer_is_given_whole(void **state) {
  struct fixture *fixture = *state;
  static const char text[] =
      "HTTP/1.1 201 Created\r\nX-Request-ID:  a b \r\nContent-Length: 4\r\n\r\na\0b\n";
  static const struct reply script[] = {{.text = text, .length = sizeof text - 1}};
  SERVE(fixture, script);
  struct outcome outcome = fetch(fixture, &(struct http_request){.url = fixture->url});
  assert_int_equal(outcome.status, 201);
  assert_int_equal(outcome.body.length, 4);
  assert_memory_equal(outcome.body.data, "a\0b\n", 4);
  assert_string_equal(outcome.headers.data, "x-request-id: a b\ncontent-length: 4\n");
  assert_non_null(strstr(sent(fixture), "GET /calls?key=k7 HTTP/1.1\r\n"));
  outcome_free(&outcome);
}

static void an_empty_answer_has_an_empty_body(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {{.text = "HTTP/1.1 204 No Content\r\n\r\n"}};
  SERVE(fixture, script);
  struct outcome outcome = fetch(fixture, &(struct http_request){.url = fixture->url});
  assert_int_equal(outcome.status, 204);
  assert_int_equal(outcome.body.length, 0);
  outcome_free(&outcome);
}

static void interim_answers_and_trailers_are_left_out(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {
      {.text = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
               "3\r\nabc\r\n0\r\nStatus: forged\r\n\r\n"}};
  SERVE(fixture, script);
  struct outcome outcome = fetch(fixture, &(struct http_request){.url = fixture->url});
  assert_int_equal(outcome.status, 200);
  assert_string_equal(outcome.body.data, "abc");
  assert_string_equal(outcome.headers.data, "transfer-encoding: chunked\n");
  outcome_free(&outcome);
}

static void an_error_status_is_an_answer(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {
      {.text = "HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nsorry"}};
  SERVE(fixture, script);
  struct outcome outcome = fetch(fixture, &(struct http_request){.url = fixture->url});
  assert_int_equal(outcome.status, 500);
  assert_string_equal(outcome.body.data, "sorry");
  outcome_free(&outcome);
}

static void a_redirect_is_not_followed(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {
      {.text = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /there\r\n"
               "Content-Length: 0\r\n\r\n"},
      {.text = ok_text}};
  SERVE(fixture, script);
  struct outcome outcome = fetch(
      fixture, &(struct http_request){
                   .method = "POST", .url = fixture->url, .body = "x", .body_length = 1});
  assert_int_equal(outcome.status, 307);
  assert_non_null(strstr(outcome.headers.data, "location: /there\n"));
  assert_int_equal(fixture->server->seen_count, 1);
  outcome_free(&outcome);
}

/* The body that the server saw, of the given length. */
static const char *body_sent(const struct fixture *fixture, size_t length) {
  const struct seen *seen = &fixture->server->seen[fixture->server->seen_count - 1];
  assert_true(seen->length > length);
  const char *body = seen->text + seen->length - length;
  assert_memory_equal(body - 4, "\r\n\r\n", 4);
  return body;
}

static void a_body_arrives_whole_under_any_method(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  static char body[1100000]; /* many writes; libcurl would send Expect over a megabyte */
  for (size_t i = 0; i < sizeof body; i++) body[i] = (char)(i % 251);
  static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "FIND"};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    struct outcome outcome =
        fetch(fixture, &(struct http_request){.method = methods[i],
                                              .url = fixture->url,
                                              .body = body,
                                              .body_length = sizeof body});
    assert_int_equal(outcome.status, 200);
    assert_memory_equal(sent(fixture), methods[i], strlen(methods[i]));
    assert_memory_equal(body_sent(fixture, sizeof body), body, sizeof body);
    assert_null(strcasestr(sent(fixture), "\r\nExpect:"));
    assert_null(strcasestr(sent(fixture), "\r\nContent-Type:"));
    outcome_free(&outcome);
  }
}

static void methods_without_a_body_are_framed(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *method;
    bool length;
  } cases[] = {{"GET", false}, {"DELETE", false}, {"HEAD", false},
               {"POST", true}, {"PUT", true},     {"PATCH", true}};
  SERVE(fixture, ok);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct outcome outcome = fetch(
        fixture, &(struct http_request){.method = cases[i].method, .url = fixture->url});
    assert_int_equal(outcome.status, 200);
    assert_memory_equal(sent(fixture), cases[i].method, strlen(cases[i].method));
    bool length = strstr(sent(fixture), "\r\nContent-Length: 0\r\n") != NULL;
    assert_int_equal(length, cases[i].length);
    outcome_free(&outcome);
  }
}

static void an_answer_to_head_has_no_body(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {
      {.text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"}};
  SERVE(fixture, script);
  struct outcome outcome =
      fetch(fixture, &(struct http_request){.method = "HEAD", .url = fixture->url});
  assert_int_equal(outcome.status, 200);
  assert_int_equal(outcome.body.length, 0);
  outcome_free(&outcome);
}

static void headers_go_out_as_given(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  const struct http_header headers[] = {{"Content-Type", "application/json"},
                                        {"X-Empty", ""},
                                        {"X-Blank", "  "},
                                        {"Authorization", "Bearer a;b: c"}};
  struct outcome outcome = fetch(fixture, &(struct http_request){.method = "POST",
                                                                 .url = fixture->url,
                                                                 .headers = headers,
                                                                 .header_count = 4,
                                                                 .body = "{}",
                                                                 .body_length = 2});
  assert_non_null(strstr(sent(fixture), "\r\nContent-Type: application/json\r\n"));
  assert_non_null(strstr(sent(fixture), "\r\nX-Empty:\r\n"));
  assert_non_null(strstr(sent(fixture), "\r\nX-Blank:\r\n"));
  assert_non_null(strstr(sent(fixture), "\r\nAuthorization: Bearer a;b: c\r\n"));
  outcome_free(&outcome);
}

static void the_environment_names_no_proxy(void **state) {
  struct fixture *fixture = *state;
  SERVE(fixture, ok);
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  struct outcome outcome = fetch(fixture, &(struct http_request){.url = fixture->url});
  unsetenv("http_proxy");
  assert_int_equal(outcome.status, 200);
  outcome_free(&outcome);
}

static void a_broken_answer_is_cut(void **state) {
  struct fixture *fixture = *state;
  static const struct reply scripts[] = {
      {.then = CLOSE},
      {.then = RESET},
      {.text = "HTTP/1.1 200 OK\r\nContent-Le", .then = CLOSE},
      {.text = "HTTP/1.1 100 Continue\r\n\r\n", .then = CLOSE},
      {.text = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n", .then = CLOSE},
      {.text = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf of", .then = CLOSE},
      {.text = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf of", .then = RESET},
      {.text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
       .then = CLOSE},
      {.text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf",
       .then = CLOSE},
      {.text = "SSH-2.0-OpenSSH_9.2\r\n", .then = CLOSE},
  };
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    fixture_serve(fixture, &scripts[i], 1);
    struct outcome outcome = fetch(fixture, &(struct http_request){.method = "POST",
                                                                   .url = fixture->url,
                                                                   .fresh = true,
                                                                   .body = "1",
                                                                   .body_length = 1});
    outcome_is_failure(&outcome, "cut", true);
    assert_int_equal(fixture->server->seen_count, 1); /* and was not sent again */
    outcome_free(&outcome);
  }
}

static char *repeat(const char *start, const char *piece, size_t times) {
  size_t length = strlen(piece);
  char *text = malloc(strlen(start) + length * times + 1);
  char *end = stpcpy(text, start);
  for (size_t i = 0; i < times; i++) end = stpcpy(end, piece);
  return text;
}

static void an_answer_over_a_cap_is_too_large(void **state) {
  struct fixture *fixture = *state;
  char *texts[] = {
      repeat("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", "a", 1048577),
      repeat("HTTP/1.1 200 OK\r\n\r\n", "a", 3 << 20),
      repeat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
             "10\r\n0123456789abcdef\r\n", 200000),
      repeat("HTTP/1.1 200 OK\r\n", "X-Many: 1\r\n", 300),
      repeat("HTTP/1.1 200 OK\r\n",
             "X-Wide: 0123456789012345678901234567890123456789"
             "0123456789012345678901234567890123456789"
             "0123456789012345678901234567890123456789"
             "0123456789012345678901234567890123456789"
             "0123456789012345678901234567890123456789"
             "0123456789012345678901234567890123456789"
             "0123456789012345678901234567890123456789"
             "0123456789012345678901234567890123456789"
             "0123456789012345678901234567890123456789\r\n",
             190),
      repeat("HTTP/1.1 200 OK\r\nX: ", "long", 50000),
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct reply script = {.text = texts[i], .then = CLOSE};
    fixture_serve(fixture, &script, 1);
    struct outcome outcome = fetch(fixture, &(struct http_request){.url = fixture->url});
    outcome_is_failure(&outcome, "too_large", true);
    scripted_stop(fixture->server);
    fixture->server = NULL;
    free(texts[i]);
    outcome_free(&outcome);
  }
}

static void an_answer_at_its_cap_is_taken(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {
      {.text = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"}};
  SERVE(fixture, script);
  struct http_request request = {.url = fixture->url, .answer_limit = 10};
  struct outcome outcome = fetch(fixture, &request);
  assert_string_equal(outcome.body.data, "0123456789");
  outcome_free(&outcome);
  request.answer_limit = 9;
  outcome = fetch(fixture, &request);
  outcome_is_failure(&outcome, "too_large", true);
  outcome_free(&outcome);
}

static void a_silent_service_ends_at_the_deadline(void **state) {
  struct fixture *fixture = *state;
  static const struct reply scripts[] = {
      {.then = KEEP},
      {.text = "HTTP/1.1 200 OK\r\n", .then = KEEP},
      {.text = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf of", .then = KEEP},
  };
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    fixture_serve(fixture, &scripts[i], 1);
    double before = clock_monotonic();
    struct outcome outcome =
        fetch(fixture, &(struct http_request){.url = fixture->url, .deadline = 0.06});
    assert_true(clock_monotonic() - before >= 0.055);
    outcome_is_failure(&outcome, "timeout", true);
    /* our own clock ended it, not libcurl's */
    assert_non_null(strstr(outcome.failure.error.message, "within 0.06 s"));
    assert_int_equal(fixture->server->seen_count, 1);
    outcome_free(&outcome);
  }
}

static void a_closed_port_is_refused(void **state) {
  struct fixture *fixture = *state;
  unsigned short port;
  int fd = scripted_bind(&port); /* and does not listen */
  snprintf(fixture->url, sizeof fixture->url, "http://127.0.0.1:%u/a?pin=1234", port);
  struct outcome outcome = fetch(fixture, &(struct http_request){.url = fixture->url});
  outcome_is_failure(&outcome, "refused", false);
  char expected[64];
  snprintf(expected, sizeof expected, "GET http://127.0.0.1:%u/a: ", port);
  assert_memory_equal(outcome.failure.error.message, expected, strlen(expected));
  assert_null(strstr(outcome.failure.error.message, "1234"));
  outcome_free(&outcome);
  close(fd);
}

/* A listener whose queue is full drops what knocks. */
static void a_connection_that_does_not_come_is_a_timeout(void **state) {
  struct fixture *fixture = *state;
  unsigned short port;
  int fd = scripted_bind(&port), fill[8];
  assert_int_equal(listen(fd, 0), 0);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (size_t i = 0; i < 8; i++) {
    fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(fill[i], (struct sockaddr *)&address, sizeof address);
  }
  snprintf(fixture->url, sizeof fixture->url, "http://127.0.0.1:%u/", port);
  struct http_request request = {.url = fixture->url, .connect_timeout = 0.05};
  struct outcome outcome = fetch(fixture, &request);
  outcome_is_failure(&outcome, "timeout", false);
  outcome_free(&outcome);
  request = (struct http_request){.url = fixture->url, .deadline = 0.05};
  outcome = fetch(fixture, &request);
  outcome_is_failure(&outcome, "timeout", false);
  outcome_free(&outcome);
  for (size_t i = 0; i < 8; i++) close(fill[i]);
  close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SPEC(an_answer_is_given_whole),
      SPEC(an_empty_answer_has_an_empty_body),
      SPEC(interim_answers_and_trailers_are_left_out),
      SPEC(an_error_status_is_an_answer),
      SPEC(a_redirect_is_not_followed),
      SPEC(a_body_arrives_whole_under_any_method),
      SPEC(methods_without_a_body_are_framed),
      SPEC(an_answer_to_head_has_no_body),
      SPEC(headers_go_out_as_given),
      SPEC(the_environment_names_no_proxy),
      SPEC(a_broken_answer_is_cut),
      SPEC(an_answer_over_a_cap_is_too_large),
      SPEC(an_answer_at_its_cap_is_taken),
      SPEC(a_silent_service_ends_at_the_deadline),
      SPEC(a_closed_port_is_refused),
      SPEC(a_connection_that_does_not_come_is_a_timeout),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
