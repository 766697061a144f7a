/* URLs taken apart, and those refused. */
#include "http/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_url_is_taken_apart(void **state) {
  (void)state;
  static const struct {
    const char *url, *host, *port, *shown;
    bool lookup;
  } cases[] = {
      {"https://a.example/b/c?d=e#f", "a.example", "443", "https://a.example/b/c", true},
      {"http://a.example:8080", "a.example", "8080", "http://a.example:8080/", true},
      {"http://192.0.2.1/x", "192.0.2.1", "80", "http://192.0.2.1/x", false},
      {"http://[2001:db8::1]:81/", "[2001:db8::1]", "81", "http://[2001:db8::1]:81/",
       false},
      {"http://LocalHost/", "LocalHost", "80", "http://LocalHost/", false},
      {"http://a.localhost/", "a.localhost", "80", "http://a.localhost/", false},
      {"http://notlocalhost/", "notlocalhost", "80", "http://notlocalhost/", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct http_target target;
    assert_true(http_target_parse(&target, cases[i].url, NULL));
    assert_string_equal(target.host, cases[i].host);
    assert_string_equal(target.port, cases[i].port);
    assert_string_equal(target.shown, cases[i].shown);
    assert_int_equal(target.lookup, cases[i].lookup);
    http_target_free(&target);
  }
}

static void what_is_no_web_address_is_refused(void **state) {
  (void)state;
  static const char *const wrong[] = {"",
                                      "a.example/b",
                                      "ftp://a/",
                                      "file:///etc/passwd",
                                      "http://",
                                      "http://a:99999/",
                                      "http://a b/",
                                      "http://a/\r\nX: y",
                                      "http://b\xc3\xbc.example/",
                                      "javascript:1",
                                      "http://[::1/",
                                      "gopher://a/",
                                      "https//a/b",
                                      "http://a%0d%0aX/",
                                      "http://a%3ab/",
                                      "http://a%20b/",
                                      "http://a%00b/",
                                      "http://a:x/",
                                      "http://a.example\n"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct http_target target;
    struct error error = {0};
    assert_false(http_target_parse(&target, wrong[i], &error));
    assert_string_equal(error.code, "invalid");
    assert_null(target.host);
  }
}

static void a_password_in_the_url_is_refused_and_not_shown(void **state) {
  (void)state;
  static const char *const wrong[] = {"https://me:hidden@a.example/",
                                      "https://hidden@a.example/",
                                      "https://:hidden@a.example/"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct http_target target;
    struct error error = {0};
    assert_false(http_target_parse(&target, wrong[i], &error));
    assert_string_equal(error.code, "invalid");
    assert_non_null(strstr(error.message, "header"));
    assert_null(strstr(error.message, "hidden"));
  }
}

static void a_long_path_is_shown_short(void **state) {
  (void)state;
  char url[2000] = "http://a/";
  memset(url + strlen(url), 'b', sizeof url - 20);
  struct http_target target;
  assert_true(http_target_parse(&target, url, NULL));
  assert_true(strlen(target.shown) < 200);
  http_target_free(&target);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_url_is_taken_apart),
      cmocka_unit_test(what_is_no_web_address_is_refused),
      cmocka_unit_test(a_password_in_the_url_is_refused_and_not_shown),
      cmocka_unit_test(a_long_path_is_shown_short),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
