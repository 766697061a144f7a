#include "script/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void assert_place(const char *text, size_t span, int line, size_t length) {
  size_t found = 0;
  assert_int_equal(place_span(text), span);
  assert_int_equal(place_line(text, &found), line);
  assert_int_equal(found, length);
}

static void finds_file_and_line(void **state) {
  (void)state;
  assert_place("pin.lua:18: no luck", strlen("pin.lua:18: "), 18, strlen("pin.lua"));
  assert_place("lib/a b.lua:7: x: y", strlen("lib/a b.lua:7: "), 7,
               strlen("lib/a b.lua"));
  assert_place("pin.lua:18: ", strlen("pin.lua:18: "), 18, strlen("pin.lua"));
}

static void leaves_other_texts_alone(void **state) {
  (void)state;
  assert_place("", 0, 0, 0);
  assert_place("no luck", 0, 0, 0);
  assert_place("pin.lua: no luck", 0, 0, 0);
  assert_place("pin.lua:18", 0, 0, 0);
  assert_place("cannot listen on 127.0.0.1:8080: in use", 0, 0, 0);
  assert_place(".lua:18: x", 0, 0, 0);
}

static void assert_source(const char *script, int line, const char *expected) {
  char out[12] = "";
  assert_int_equal(place_source(script, line, out, sizeof out), *expected != '\0');
  assert_string_equal(out, expected);
}

static void finds_the_line(void **state) {
  (void)state;
  assert_source("one\n \ttwo \t\r\nthree", 1, "one");
  assert_source("one\n \ttwo \t\r\nthree", 2, "two");
  assert_source("one\n \ttwo \t\r\nthree", 3, "three");
  assert_source("one\n\n", 2, "");
  assert_source("one\n", 3, "");
  assert_source("one", 0, "");
  assert_source(NULL, 1, "");
}

static void cuts_a_long_line_between_characters(void **state) {
  (void)state;
  assert_source("0123456789abc", 1, "0123456789a");
  assert_source("0123456789\xc3\xa9", 1, "0123456789");
  assert_source("bad \xff\x1b", 1, "bad ??");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_file_and_line),
      cmocka_unit_test(leaves_other_texts_alone),
      cmocka_unit_test(finds_the_line),
      cmocka_unit_test(cuts_a_long_line_between_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
