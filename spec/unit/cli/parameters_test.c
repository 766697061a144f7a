#include "cli/parameters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static json_t *read_list(const char *const *list, struct od_error *error) {
  char *arguments[PARAMETERS_MOST + 2] = {0};
  size_t count = 0;
  for (; list[count]; count++) arguments[count] = strdup(list[count]);
  json_t *object = parameters_read(arguments, count, error);
  while (count > 0) free(arguments[--count]);
  return object;
}

#define READ(...) read_list((const char *const[]){__VA_ARGS__, NULL}, &error)

static void assert_json(json_t *object, const char *expected) {
  assert_non_null(object);
  char *text = json_dumps(object, JSON_COMPACT);
  assert_string_equal(text, expected);
  free(text);
  json_decref(object);
}

static void takes_text_as_it_is(void **state) {
  (void)state;
  struct od_error error;
  assert_json(
      READ("to=+306900000001", "pin=0042", "note=a=b:=c", "empty="),
      "{\"to\":\"+306900000001\",\"pin\":\"0042\",\"note\":\"a=b:=c\",\"empty\":\"\"}");
}

static void takes_any_json(void **state) {
  (void)state;
  struct od_error error;
  assert_json(READ("to:=[\"+91\",\"+92\"]", "tries:=3", "wait:=false", "name:=\"x\""),
              "{\"to\":[\"+91\",\"+92\"],\"tries\":3,\"wait\":false,\"name\":\"x\"}");
}

static void is_empty_without_arguments(void **state) {
  (void)state;
  struct od_error error;
  assert_json(parameters_read(NULL, 0, &error), "{}");
}

static void assert_refused(json_t *object, const struct od_error *error,
                           const char *part) {
  assert_null(object);
  assert_string_equal(error->code, "usage");
  if (!strstr(error->message, part)) fail_msg("%s", error->message);
}

static void names_the_position_of_bad_json(void **state) {
  (void)state;
  struct od_error error;
  assert_refused(READ("to:=[1,}"), &error, "\"to:=[1,}\" does not hold JSON");
  assert_refused(READ("to:=[1,}"), &error, "at character 4 after");
  assert_refused(READ("to:="), &error, "does not hold JSON");
  assert_refused(READ("to:=1 2"), &error, "does not hold JSON");
  assert_refused(READ("to:={\"a\":1,\"a\":2}"), &error, "does not hold JSON");
}

static void refuses_what_is_no_parameter(void **state) {
  (void)state;
  struct od_error error;
  assert_refused(READ("+306900000001"), &error, "\"+306900000001\" is not a parameter");
  assert_refused(READ("=3"), &error, "is not a parameter");
  assert_refused(READ("a-b=3"), &error, "is not a parameter");
  assert_refused(READ("a:b=3"), &error, "is not a parameter");
}

static void refuses_the_same_name_twice(void **state) {
  (void)state;
  struct od_error error;
  assert_refused(READ("to=1", "to:=2"), &error, "\"to\" is given twice");
}

static void refuses_text_that_is_not_utf8(void **state) {
  (void)state;
  struct od_error error;
  assert_refused(READ("to=\xff"), &error, "is not UTF-8");
}

static void refuses_too_many(void **state) {
  (void)state;
  struct od_error error;
  char *arguments[PARAMETERS_MOST + 1] = {0};
  assert_refused(parameters_read(arguments, PARAMETERS_MOST + 1, &error), &error, "more");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_text_as_it_is),
      cmocka_unit_test(takes_any_json),
      cmocka_unit_test(is_empty_without_arguments),
      cmocka_unit_test(names_the_position_of_bad_json),
      cmocka_unit_test(refuses_what_is_no_parameter),
      cmocka_unit_test(refuses_the_same_name_twice),
      cmocka_unit_test(refuses_text_that_is_not_utf8),
      cmocka_unit_test(refuses_too_many),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
