#include "cli/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *among(const char *word) {
  static const char *const known[] = {"run", "check", "help", "up"};
  return nearest(word, known, sizeof known / sizeof *known);
}

static void finds_small_slips(void **state) {
  (void)state;
  assert_string_equal(among("pu"), "up");
  assert_string_equal(among("rnu"), "run");     /* swapped */
  assert_string_equal(among("chek"), "check");  /* left out */
  assert_string_equal(among("helpp"), "help");  /* too many */
  assert_string_equal(among("chack"), "check"); /* changed */
}

static void offers_nothing_far_away(void **state) {
  (void)state;
  assert_null(among("frobnicate"));
  assert_null(among("x"));
  assert_null(among("a word that is longer than anything it could be compared with"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_small_slips),
      cmocka_unit_test(offers_nothing_far_away),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
