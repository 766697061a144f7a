/* What may go out, and the copy that is kept of it. */
#include "http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void refused(const struct http_request *request, const char *why) {
  struct error error = {0};
  assert_false(http_request_check(request, &error));
  assert_string_equal(error.code, "invalid");
  assert_non_null(strstr(error.message, why));
}

static void a_method_is_one_word(void **state) {
  (void)state;
  static const char *const wrong[] = {
      "", "GET /", "GE\rT", "G\n", "P\xc3\x96ST", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    refused(&(struct http_request){.url = "http://a", .method = wrong[i]}, "method");
  assert_true(http_request_check(
      &(struct http_request){.url = "http://a", .method = "M-SEARCH"}, NULL));
  refused(&(struct http_request){.url = "http://a", .method = "HEAD", .body = "x"},
          "HEAD");
}

static void a_header_cannot_break_out(void **state) {
  (void)state;
  static const struct http_header wrong[] = {{"X-A", "b\r\nX-B: c"},
                                             {"X-A", "b\nX-B: c"},
                                             {"X-A", "b\r"},
                                             {"X-A", "\x01"},
                                             {"X-A", "\x7f"},
                                             {"X-A", NULL},
                                             {NULL, "b"},
                                             {"", "b"},
                                             {"X-A: b\r\nX", "c"},
                                             {"X A", "b"},
                                             {"X-A:", "b"},
                                             {"X\n", "b"},
                                             {"content-length", "3"},
                                             {"Transfer-Encoding", "chunked"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    refused(&(struct http_request){.url = "http://a",
                                   .headers = &wrong[i],
                                   .header_count = 1},
            "header");
}

static void a_refusal_does_not_show_the_value(void **state) {
  (void)state;
  const struct http_header header = {"Authorization", "hidden\n"};
  struct error error = {0};
  http_request_check(
      &(struct http_request){.url = "http://a", .headers = &header, .header_count = 1},
      &error);
  assert_non_null(strstr(error.message, "Authorization"));
  assert_null(strstr(error.message, "hidden"));
}

static void what_is_allowed_in_a_header_passes(void **state) {
  (void)state;
  static const struct http_header right[] = {
      {"X-A", ""}, {"x_a!", "tab\there, \"quoted\"; \xc3\xa9"}, {"Host", "b"}};
  assert_true(http_request_check(
      &(struct http_request){.url = "http://a", .headers = right, .header_count = 3},
      NULL));
}

static char *text_of(size_t length) {
  char *text = malloc(length + 1);
  memset(text, 'a', length);
  text[length] = '\0';
  return text;
}

static void every_size_has_a_cap(void **state) {
  (void)state;
  char *url = text_of((16 << 10) + 1), *value = text_of(64 << 10);
  refused(&(struct http_request){0}, "URL");
  refused(&(struct http_request){.url = url}, "URL");
  struct http_header headers[101];
  for (size_t i = 0; i < 101; i++) headers[i] = (struct http_header){"A", "b"};
  refused(&(struct http_request){.url = "", .headers = headers, .header_count = 101},
          "101 headers");
  headers[0].value = value;
  refused(&(struct http_request){.url = "", .headers = headers, .header_count = 1},
          "headers are");
  refused(&(struct http_request){.url = "", .body = "", .body_length = (32 << 20) + 1},
          "body");
  free(url);
  free(value);
}

static void a_copy_stands_alone(void **state) {
  (void)state;
  char name[] = "X-A", value[] = "b", url[] = "http://a", body[] = "x\0y";
  const struct http_header header = {name, value};
  struct http_request *copy = http_request_copy(&(struct http_request){.method = "PUT",
                                                                       .url = url,
                                                                       .headers = &header,
                                                                       .header_count = 1,
                                                                       .body = body,
                                                                       .body_length = 3,
                                                                       .fresh = true});
  name[0] = value[0] = url[0] = body[0] = '-';
  assert_string_equal(copy->method, "PUT");
  assert_string_equal(copy->url, "http://a");
  assert_string_equal(copy->headers[0].name, "X-A");
  assert_string_equal(copy->headers[0].value, "b");
  assert_memory_equal(copy->body, "x\0y", 4);
  assert_true(copy->fresh);
  assert_true(http_request_has(copy, "x-a"));
  assert_false(http_request_has(copy, "x-b"));
  free(copy);
}

static void assert_seconds(double actual, double expected) {
  assert_true(actual > expected - 1e-9 && actual < expected + 1e-9);
}

static void a_copy_is_complete(void **state) {
  (void)state;
  struct http_request *copy =
      http_request_copy(&(struct http_request){.url = "http://a", .body_length = 9});
  assert_string_equal(copy->method, "GET");
  assert_int_equal(copy->body_length, 0); /* there is no body */
  assert_seconds(copy->deadline, 30);
  assert_seconds(copy->connect_timeout, 10);
  assert_int_equal(copy->answer_limit, 1 << 20);
  free(copy);
}

static void a_copy_keeps_limits_in_bounds(void **state) {
  (void)state;
  struct http_request *copy =
      http_request_copy(&(struct http_request){.url = "http://a",
                                               .deadline = 1e9,
                                               .connect_timeout = 1e9,
                                               .answer_limit = SIZE_MAX});
  assert_seconds(copy->deadline, 300);
  assert_seconds(copy->connect_timeout, 300);
  assert_int_equal(copy->answer_limit, 64 << 20);
  free(copy);
  copy = http_request_copy(
      &(struct http_request){.url = "http://a", .deadline = 2, .connect_timeout = -1});
  assert_seconds(copy->deadline, 2);
  assert_seconds(copy->connect_timeout, 2);
  free(copy);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_method_is_one_word),
      cmocka_unit_test(a_header_cannot_break_out),
      cmocka_unit_test(a_refusal_does_not_show_the_value),
      cmocka_unit_test(what_is_allowed_in_a_header_passes),
      cmocka_unit_test(every_size_has_a_cap),
      cmocka_unit_test(a_copy_stands_alone),
      cmocka_unit_test(a_copy_is_complete),
      cmocka_unit_test(a_copy_keeps_limits_in_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
