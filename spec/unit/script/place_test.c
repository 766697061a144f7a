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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_file_and_line),
      cmocka_unit_test(leaves_other_texts_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
