#include "cli/columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static void assert_written(const char *left, const char *right, const char *expected) {
  char *written = NULL;
  size_t size;
  FILE *out = open_memstream(&written, &size);
  columns_write(out, left, right, 8);
  fclose(out);
  assert_string_equal(written, expected);
  free(written);
}

static void pairs_lines(void **state) {
  (void)state;
  assert_written("one\ntwo\n", "1\n2\n", "one     1\ntwo     2\n");
  assert_written("one", "1", "one     1\n");
  assert_written("", "", "");
}

static void goes_on_where_one_has_more(void **state) {
  (void)state;
  assert_written("one\ntwo\n", "1\n", "one     1\ntwo\n");
  assert_written("one\n", "1\n2\n", "one     1\n        2\n");
  assert_written("\n", "1\n", "        1\n");
}

static void counts_what_is_seen(void **state) {
  (void)state;
  assert_written("\033[2mone\033[0m\n", "1\n", "\033[2mone\033[0m     1\n");
  assert_written("longer than it\n", "1\n", "longer than it 1\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pairs_lines),
      cmocka_unit_test(goes_on_where_one_has_more),
      cmocka_unit_test(counts_what_is_seen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
