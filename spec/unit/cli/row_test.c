#include "cli/row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static void assert_row(struct row row, const char *text, unsigned width,
                       const char *expected) {
  char *written = NULL;
  size_t size;
  FILE *out = open_memstream(&written, &size);
  row_write(out, &(struct style){.width = width}, &row, text);
  fclose(out);
  assert_string_equal(written, expected);
  free(written);
}

static void stands_in_columns(void **state) {
  (void)state;
  assert_row((struct row){1.5, MARK_CALL, TONE_PLAIN, TONE_PLAIN, "call"}, "to +30", 80,
             "    1.50  o call       to +30\n");
  assert_row((struct row){12345.678, MARK_BAD, TONE_PLAIN, TONE_PLAIN, "failed"}, "", 80,
             "12345.68  x failed\n");
}

static void leaves_the_time_out_below_zero(void **state) {
  (void)state;
  assert_row((struct row){-1, MARK_NONE, TONE_PLAIN, TONE_PLAIN, "dial"}, "+30", 80,
             "            dial       +30\n");
}

static void wraps_beneath_itself(void **state) {
  (void)state;
  assert_row((struct row){0, MARK_NONE, TONE_PLAIN, TONE_PLAIN, "say"},
             "one two  three four five", 40,
             "    0.00    say        one two  three\n"
             "                       four five\n");
}

static void moves_the_text_down_beside_a_wide_word(void **state) {
  (void)state;
  assert_row((struct row){0, MARK_NONE, TONE_PLAIN, TONE_PLAIN, "a word of its own"},
             "text", 80,
             "    0.00    a word of its own\n"
             "                       text\n");
}

static void cleans_what_it_is_given(void **state) {
  (void)state;
  assert_row((struct row){0, MARK_NONE, TONE_PLAIN, TONE_PLAIN, "\033[1mcall"},
             "a\nb\007", 80, "    0.00    ?[1mcall   a b?\n");
}

static void colours_within_the_lines(void **state) {
  (void)state;
  char *written = NULL;
  size_t size;
  FILE *out = open_memstream(&written, &size);
  struct row row = {-1, MARK_GOOD, TONE_GREEN, TONE_DIM, "done"};
  row_write(out, &(struct style){.width = 40, .colour = true}, &row,
            "one two three four");
  fclose(out);
  assert_string_equal(written,
                      "          \033[32m+ done\033[0m       "
                      "\033[2mone two three\033[0m\n"
                      "                       \033[2mfour\033[0m\n");
  free(written);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stands_in_columns),
      cmocka_unit_test(leaves_the_time_out_below_zero),
      cmocka_unit_test(wraps_beneath_itself),
      cmocka_unit_test(moves_the_text_down_beside_a_wide_word),
      cmocka_unit_test(cleans_what_it_is_given),
      cmocka_unit_test(colours_within_the_lines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
