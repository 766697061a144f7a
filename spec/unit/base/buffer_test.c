#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_zeroed_buffer_is_empty_text(void **state) {
  (void)state;
  struct buffer buffer = {0};
  assert_string_equal(buffer_string(&buffer), "");
  assert_int_equal(buffer.length, 0);
  buffer_free(&buffer);
}

static void appends_keep_order_and_end_in_nul(void **state) {
  (void)state;
  struct buffer buffer = {0};
  assert_true(buffer_text(&buffer, "one "));
  assert_true(buffer_append(&buffer, "two and more", 3));
  assert_true(buffer_printf(&buffer, " %d", 3));
  assert_string_equal(buffer_string(&buffer), "one two 3");
  assert_int_equal(buffer.length, 9);
  buffer_free(&buffer);
}

static void keeps_bytes_that_are_not_text(void **state) {
  (void)state;
  struct buffer buffer = {0};
  assert_true(buffer_append(&buffer, "a\0b", 3));
  assert_true(buffer_append(&buffer, NULL, 0));
  assert_int_equal(buffer.length, 3);
  assert_memory_equal(buffer.data, "a\0b", 4);
  buffer_free(&buffer);
}

static void grows_across_many_appends(void **state) {
  (void)state;
  struct buffer buffer = {0};
  for (int i = 0; i < 10000; i++) assert_true(buffer_printf(&buffer, "%04d", i));
  assert_int_equal(buffer.length, 40000);
  assert_memory_equal(buffer.data + 4 * 9876, "9876", 4);
  buffer_free(&buffer);
}

static void refuses_what_goes_over_the_limit_and_stays_failed(void **state) {
  (void)state;
  struct buffer buffer = {.limit = 4};
  assert_true(buffer_text(&buffer, "abcd"));
  assert_false(buffer_text(&buffer, "e"));
  assert_true(buffer.failed);
  assert_true(buffer_text(&buffer, ""));
  assert_true(buffer.failed);
  assert_string_equal(buffer_string(&buffer), "abcd");
  assert_false(buffer_append(&buffer, "x", SIZE_MAX));
  assert_false(buffer_printf(&buffer, "%s", "x"));
  assert_string_equal(buffer_string(&buffer), "abcd");
  buffer_free(&buffer);
}

static void clear_forgets_contents_and_failure(void **state) {
  (void)state;
  struct buffer buffer = {.limit = 2};
  assert_true(buffer_text(&buffer, "a"));
  assert_false(buffer_text(&buffer, "bc"));
  buffer_clear(&buffer);
  assert_false(buffer.failed);
  assert_string_equal(buffer_string(&buffer), "");
  assert_true(buffer_text(&buffer, "bc"));
  buffer_free(&buffer);
  assert_null(buffer.data);
  assert_int_equal(buffer.limit, 2);
}

static void writes_integers(void **state) {
  (void)state;
  struct buffer buffer = {0};
  const int64_t numbers[] = {0, 7, -7, 10, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    assert_true(buffer_integer(&buffer, numbers[i]));
    buffer_text(&buffer, " ");
  }
  assert_string_equal(buffer_string(&buffer),
                      "0 7 -7 10 9223372036854775807 -9223372036854775808 ");
  buffer_free(&buffer);
}

static void quotes_json(void **state) {
  (void)state;
  struct buffer buffer = {0};
  const char text[] = "a\"b\\c\b\t\n\v\f\r\x01\x7f/\xc3\xa9\0z";
  assert_true(buffer_json(&buffer, text, sizeof text - 1));
  assert_string_equal(buffer_string(&buffer),
                      "\"a\\\"b\\\\c\\b\\t\\n\\u000b\\f\\r\\u0001\\u007f/"
                      "\xc3\xa9\\u0000z\"");
  buffer_free(&buffer);
}

static void quotes_nothing_as_null_and_empty_as_empty(void **state) {
  (void)state;
  struct buffer buffer = {0};
  assert_true(buffer_json(&buffer, NULL, 0));
  assert_true(buffer_json(&buffer, "", 0));
  assert_string_equal(buffer_string(&buffer), "null\"\"");
  buffer_free(&buffer);
}

static void json_over_the_limit_fails(void **state) {
  (void)state;
  struct buffer buffer = {.limit = 4};
  assert_false(buffer_json(&buffer, "abc", 3));
  assert_true(buffer.failed);
  buffer_free(&buffer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_zeroed_buffer_is_empty_text),
      cmocka_unit_test(appends_keep_order_and_end_in_nul),
      cmocka_unit_test(keeps_bytes_that_are_not_text),
      cmocka_unit_test(grows_across_many_appends),
      cmocka_unit_test(refuses_what_goes_over_the_limit_and_stays_failed),
      cmocka_unit_test(clear_forgets_contents_and_failure),
      cmocka_unit_test(writes_integers),
      cmocka_unit_test(quotes_json),
      cmocka_unit_test(quotes_nothing_as_null_and_empty_as_empty),
      cmocka_unit_test(json_over_the_limit_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
