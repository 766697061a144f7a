#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void sets_code_and_message_and_returns_false(void **state) {
  (void)state;
  struct error error = {0};
  assert_false(error_set(&error, "refused", "%s said no %d times", "host", 3));
  assert_string_equal(error.code, "refused");
  assert_string_equal(error.message, "host said no 3 times");
}

static void nobody_has_to_listen(void **state) {
  (void)state;
  assert_false(error_set(NULL, "refused", "nobody reads this"));
}

static void cuts_what_is_too_long(void **state) {
  (void)state;
  char long_text[2 * sizeof(struct error)];
  memset(long_text, 'x', sizeof long_text - 1);
  long_text[sizeof long_text - 1] = '\0';
  struct error error;
  assert_false(error_set(&error, long_text, "%s", long_text));
  assert_int_equal(strlen(error.code), sizeof error.code - 1);
  assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

static void cuts_no_character_in_two(void **state) {
  (void)state;
  char long_text[2 * sizeof(struct error)];
  struct error error;
  for (size_t i = 0; i < 2; i++) {
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    memcpy(long_text + sizeof error.message - 2 - i, "\xe2\x82\xac", 3); /* a euro */
    assert_false(error_set(&error, "refused", "%s", long_text));
    assert_int_equal(strlen(error.message), sizeof error.message - 2 - i);
    assert_int_equal(error.message[strlen(error.message) - 1], 'x');
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sets_code_and_message_and_returns_false),
      cmocka_unit_test(nobody_has_to_listen),
      cmocka_unit_test(cuts_what_is_too_long),
      cmocka_unit_test(cuts_no_character_in_two),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
