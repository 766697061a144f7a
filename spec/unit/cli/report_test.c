#include "cli/report.h"

#include "cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static void has_the_shape_of_a_run(void **state) {
  (void)state;
  const struct od_error error = {.code = "settings", .message = "routee needs app_id"};
  json_t *report = report_of_error(NULL, "pin", "failed", &error);
  char *text = json_dumps(report, JSON_COMPACT);
  assert_string_equal(text,
                      "{\"run\":null,\"flow\":\"pin\",\"version\":null,"
                      "\"state\":\"failed\",\"result\":null,\"error\":{\"code\":"
                      "\"settings\",\"message\":\"routee needs app_id\"},"
                      "\"calls\":[]}");
  free(text);
  json_decref(report);
}

static void assert_status(const char *state, const char *code, int status) {
  json_t *report = json_pack("{s:s, s:{s:s}}", "state", state, "error", "code", code);
  assert_int_equal(report_status(report), status);
  json_decref(report);
}

static void stands_for_an_exit_status(void **state) {
  (void)state;
  assert_status("completed", "", 0);
  assert_status("failed", "busy", 1);
  assert_status("failed", "settings", 2);
  assert_status("failed", "usage", 2);
  assert_status("unknown", "timeout", 3);
  assert_int_equal(report_status(NULL), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(has_the_shape_of_a_run),
      cmocka_unit_test(stands_for_an_exit_status),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
