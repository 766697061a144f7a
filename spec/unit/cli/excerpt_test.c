#include "cli/excerpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static void assert_line(const char *text, int line, const char *expected) {
  char *found = excerpt_line(text, line);
  if (expected)
    assert_string_equal(found, expected);
  else
    assert_null(found);
  free(found);
}

static void finds_lines_by_their_number(void **state) {
  (void)state;
  assert_line("one\n  two \t\r\nthree", 1, "one");
  assert_line("one\n  two \t\r\nthree", 2, "  two");
  assert_line("one\n  two \t\r\nthree", 3, "three");
  assert_line("one\n\nthree", 2, NULL);
  assert_line("one\n", 2, NULL);
  assert_line("one", 0, NULL);
  assert_line("one", -1, NULL);
  assert_line(NULL, 1, NULL);
}

static void assert_place(const char *message, int line, const char *file) {
  char found[16] = "";
  assert_int_equal(excerpt_place(message, found, sizeof found), line);
  assert_string_equal(found, file);
}

static void reads_where_a_message_begins(void **state) {
  (void)state;
  assert_place("pin.lua:18: no luck", 18, "pin.lua");
  assert_place("lib/a-b.lua:7: x", 7, "lib/a-b.lua");
  assert_place("pin.lua:18 no luck", 0, "");
  assert_place("pin.lua: no luck", 0, "");
  assert_place("pin.lua:0: no luck", 0, "");
  assert_place("cannot listen on 127.0.0.1:8080: in use", 0, "");
  assert_place("odd: pin.lua:18: no luck", 0, "");
  assert_place("", 0, "");
}

static void assert_printed(int line, const char *text, const char *message,
                           const char *expected) {
  char *written = NULL;
  size_t size;
  FILE *out = open_memstream(&written, &size);
  excerpt_print(out, &(struct style){.width = 80}, line, text, message);
  fclose(out);
  assert_string_equal(written, expected);
  free(written);
}

static void prints_a_line_with_its_number(void **state) {
  (void)state;
  assert_printed(12, "  call:say()", "call:say takes a text first",
                 "    12 |   call:say()\n");
  assert_printed(1234567, "x", "", "1234567 | x\n");
}

static void marks_what_the_message_names(void **state) {
  (void)state;
  assert_printed(3, "  print(nose)", "there is no global 'nose' in a script",
                 "     3 |   print(nose)\n"
                 "       |         ^^^^\n");
  assert_printed(3, "f { time = 1, timeout = 2 }",
                 "f has no option 'time'; it has 'timeout'",
                 "     3 | f { time = 1, timeout = 2 }\n"
                 "       |     ^^^^\n");
  assert_printed(3, "timeout = 2", "no option 'time'", "     3 | timeout = 2\n");
  assert_printed(3, "a = b c", "unexpected symbol near 'c'",
                 "     3 | a = b c\n"
                 "       |       ^\n");
  assert_printed(3, "it's", "don't", "     3 | it's\n");
}

static void lets_nothing_steer_the_terminal(void **state) {
  (void)state;
  assert_printed(3, "\033[2J\tx", "'x'",
                 "     3 | ?[2J x\n"
                 "       |      ^\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_lines_by_their_number),
      cmocka_unit_test(reads_where_a_message_begins),
      cmocka_unit_test(prints_a_line_with_its_number),
      cmocka_unit_test(marks_what_the_message_names),
      cmocka_unit_test(lets_nothing_steer_the_terminal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
