#include "cli/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* What is printed between the labels and the end. */
static void assert_diff(const char *from, const char *to, const char *hunks) {
  char *printed = NULL;
  size_t size;
  FILE *out = tmpfile();
  FILE *text = open_memstream(&printed, &size);
  bool differ =
      diff_print(out, &(struct diff_text){"a", from}, &(struct diff_text){"b", to});
  rewind(out);
  for (int c; (c = fgetc(out)) != EOF;) fputc(c, text);
  fclose(text);
  fclose(out);
  assert_int_equal(differ, strcmp(from, to) != 0);
  if (differ) assert_memory_equal(printed, "--- a\n+++ b\n", 12);
  assert_string_equal(differ ? printed + 12 : printed, hunks);
  free(printed);
}

static void says_nothing_of_what_is_the_same(void **state) {
  (void)state;
  assert_diff("", "", "");
  assert_diff("one\ntwo", "one\ntwo", "");
}

static void counts_from_nothing_and_to_nothing(void **state) {
  (void)state;
  assert_diff("", "one\ntwo\n", "@@ -0,0 +1,2 @@\n+one\n+two\n");
  assert_diff("one\n", "", "@@ -1 +0,0 @@\n-one\n");
}

static void tells_of_a_missing_line_break(void **state) {
  (void)state;
  assert_diff("one\ntwo", "one\ntwo\n",
              "@@ -1,2 +1,2 @@\n one\n-two\n\\ No newline at end of file\n+two\n");
}

static void takes_the_shortest_way(void **state) {
  (void)state;
  assert_diff("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n",
              "@@ -1,7 +1,6 @@\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n+c\n");
}

static void keeps_near_changes_in_one_hunk(void **state) {
  (void)state;
  assert_diff("x\n1\n2\n3\n4\n5\n6\ny\n", "X\n1\n2\n3\n4\n5\n6\nY\n",
              "@@ -1,8 +1,8 @@\n-x\n+X\n 1\n 2\n 3\n 4\n 5\n 6\n-y\n+Y\n");
  assert_diff("x\n1\n2\n3\n4\n5\n6\n7\ny\n", "X\n1\n2\n3\n4\n5\n6\n7\nY\n",
              "@@ -1,4 +1,4 @@\n-x\n+X\n 1\n 2\n 3\n"
              "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-y\n+Y\n");
}

/* Nobody reads it, but it must end, and soon. */
static void gives_up_on_texts_that_have_nothing_in_common(void **state) {
  (void)state;
  enum { LINES = 20000, SIZE = LINES * 8 + 1 };
  char *from = malloc(SIZE), *to = malloc(SIZE);
  for (int i = 0; i < LINES; i++) {
    snprintf(from + 8 * i, 9, "a%06d\n", i);
    snprintf(to + 8 * i, 9, "b%06d\n", i);
  }
  FILE *out = tmpfile();
  assert_true(
      diff_print(out, &(struct diff_text){"a", from}, &(struct diff_text){"b", to}));
  assert_int_equal(ftell(out), 12 + 24 + 2 * LINES * 9);
  fclose(out);
  free(from);
  free(to);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(says_nothing_of_what_is_the_same),
      cmocka_unit_test(counts_from_nothing_and_to_nothing),
      cmocka_unit_test(tells_of_a_missing_line_break),
      cmocka_unit_test(takes_the_shortest_way),
      cmocka_unit_test(keeps_near_changes_in_one_hunk),
      cmocka_unit_test(gives_up_on_texts_that_have_nothing_in_common),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
