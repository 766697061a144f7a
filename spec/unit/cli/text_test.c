#include "cli/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static void assert_clean(const char *text, const char *expected, bool unicode) {
  char *clean = text_clean(text, unicode);
  assert_string_equal(clean, expected);
  free(clean);
}

static void neutralises_what_steers_a_terminal(void **state) {
  (void)state;
  assert_clean("a\033[31mred", "a\ufffd[31mred", true);
  assert_clean("bell\a back\b del\x7f", "bell\ufffd back\ufffd del\ufffd", true);
  assert_clean(
      "csi\xc2\x9b"
      "2J",
      "csi\ufffd2J", true);
  assert_clean("right\u202eto left\u2069", "right\ufffdto left\ufffd", true);
  assert_clean("un\u200bseen\ufeff", "un\ufffdseen\ufffd", true);
}

static void makes_breaks_spaces(void **state) {
  (void)state;
  assert_clean("a\nb\tc\rd", "a b c d", true);
}

static void replaces_broken_utf8(void **state) {
  (void)state;
  assert_clean("\xff\xc3", "\ufffd\ufffd", true);
  assert_clean("\xc0\xaf", "\ufffd\ufffd", true);                       /* overlong */
  assert_clean("\xed\xa0\x80", "\ufffd\ufffd\ufffd", true);             /* a surrogate */
  assert_clean("\xf4\x90\x80\x80!", "\ufffd\ufffd\ufffd\ufffd!", true); /* too high */
}

static void falls_back_to_ascii(void **state) {
  (void)state;
  assert_clean("“wait…” — ••", "\"wait...\" - **", false);
  assert_clean("Σ提", "??", false);
  assert_clean("Σ提", "Σ提", true);
}

static void cuts_long_text(void **state) {
  (void)state;
  char text[TEXT_LIMIT + 10];
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\0';
  char *clean = text_clean(text, true);
  assert_int_equal(text_columns(clean), TEXT_LIMIT + 1);
  assert_string_equal(clean + TEXT_LIMIT, "…");
  free(clean);
}

static void counts_columns(void **state) {
  (void)state;
  assert_int_equal(text_columns(""), 0);
  assert_int_equal(text_columns("Σήμερα"), 6);
  assert_int_equal(text_columns("提醒"), 4);
  assert_int_equal(text_columns("e\u0301"), 1); /* an accent of its own */
}

static void breaks_lines_at_spaces(void **state) {
  (void)state;
  assert_int_equal(text_fit("one two three", 8), 7);
  assert_int_equal(text_fit("one two", 7), 7);
  assert_int_equal(text_fit("one two ", 7), 8);
  assert_int_equal(text_fit("", 8), 0);
}

static void breaks_a_long_word_at_the_edge(void **state) {
  (void)state;
  assert_int_equal(text_fit("abcdefghij", 4), 4);
  assert_int_equal(text_fit("提醒提醒", 5), 6);
  assert_int_equal(text_fit("提", 1), 3); /* wider than the line, but it must go on */
}

int main(void) {
  setlocale(LC_CTYPE, "C.UTF-8"); /* the widths of characters */
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(neutralises_what_steers_a_terminal),
      cmocka_unit_test(makes_breaks_spaces),
      cmocka_unit_test(replaces_broken_utf8),
      cmocka_unit_test(falls_back_to_ascii),
      cmocka_unit_test(cuts_long_text),
      cmocka_unit_test(counts_columns),
      cmocka_unit_test(breaks_lines_at_spaces),
      cmocka_unit_test(breaks_a_long_word_at_the_edge),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
