/* Recorded events of whole runs beside the lines they must become. */
#include "cli/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const struct style plain = {.unicode = true, .width = 80};

/* The recordings lie beside this file, in timeline/. */
static FILE *open_recording(const char *name, const char *kind) {
  char path[1024];
  int folder = (int)(strrchr(__FILE__, '/') - __FILE__);
  snprintf(path, sizeof path, "%.*s/timeline/%s.%s", folder, __FILE__, name, kind);
  FILE *file = fopen(path, "r");
  if (!file) fail_msg("cannot open %s", path);
  return file;
}

static void feed(struct timeline *timeline, const char *line) {
  json_t *event = json_loads(line, JSON_ALLOW_NUL, NULL);
  assert_non_null(event);
  timeline_event(timeline, "h3k9v2m4q7xz", event);
  json_decref(event);
}

static char *lines_of(const char *name, const struct style *style) {
  char *lines = NULL, event[8192];
  size_t size;
  FILE *out = open_memstream(&lines, &size), *recording = open_recording(name, "jsonl");
  struct timeline *timeline = timeline_new(out, style);
  while (fgets(event, sizeof event, recording)) feed(timeline, event);
  timeline_free(timeline);
  fclose(recording);
  fclose(out);
  return lines;
}

static void assert_lines(const char *events, const char *expected,
                         const struct style *style) {
  char text[16384];
  FILE *file = open_recording(expected, "txt");
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  char *lines = lines_of(events, style);
  assert_string_equal(lines, text);
  free(lines);
}

static void tells_a_pin_call(void **state) {
  (void)state;
  assert_lines("pin", "pin", &plain);
}

static void tells_a_delivery(void **state) {
  (void)state;
  assert_lines("deliver", "deliver", &plain);
}

static void tells_a_failed_run_with_two_calls(void **state) {
  (void)state;
  assert_lines("failed", "failed", &plain);
}

static void tells_an_unknown_run(void **state) {
  (void)state;
  assert_lines("unknown", "unknown", &plain);
}

static void tells_a_failure_once(void **state) {
  (void)state;
  assert_lines("told-once", "told-once", &plain);
}

static void wraps_at_a_narrow_width(void **state) {
  (void)state;
  assert_lines("pin", "pin-narrow", &(struct style){.unicode = true, .width = 50});
}

static void is_ascii_where_the_locale_is(void **state) {
  (void)state;
  assert_lines("unknown", "unknown-ascii", &(struct style){.width = 80});
  char *lines = lines_of("pin", &(struct style){.width = 80});
  for (const char *c = lines; *c; c++) assert_in_range((unsigned char)*c, 0, 127);
  free(lines);
}

static void colours_the_words(void **state) {
  (void)state;
  assert_lines("pin", "pin-colour",
               &(struct style){.unicode = true, .colour = true, .width = 80});
}

static void never_shows_keyed_digits(void **state) {
  (void)state;
  char *lines = lines_of("pin", &plain);
  assert_null(strstr(lines, "9999"));
  assert_non_null(strstr(lines, "keyed      ••••\n"));
  free(lines);
}

static void lets_nothing_steer_the_terminal(void **state) {
  (void)state;
  char *lines = lines_of("failed", &plain);
  for (const char *c = lines; *c; c++)
    assert_true(*c == '\n' || (unsigned char)*c >= ' ');
  assert_null(strstr(lines, "\u202e"));
  free(lines);
}

static void says_what_is_waited_for(void **state) {
  (void)state;
  FILE *out = fopen("/dev/null", "w");
  struct timeline *timeline = timeline_new(out, &plain);
  feed(timeline, "{\"kind\":\"started\",\"at\":1000,\"flow\":\"pin\"}");
  assert_string_equal(timeline_waiting(timeline), "");
  feed(timeline,
       "{\"kind\":\"op\",\"at\":3500,\"op\":\"collect\",\"args\":{\"call\":1}}");
  assert_string_equal(timeline_waiting(timeline), "waiting for digits");
  assert_float_equal(timeline_seconds(timeline), 2.5, 0.0001);
  feed(timeline, "{\"kind\":\"finished\",\"at\":4000,\"report\":{}}");
  assert_string_equal(timeline_waiting(timeline), "");
  timeline_free(timeline);
  fclose(out);
}

static void never_counts_back_when_the_clock_is_set(void **state) {
  (void)state;
  FILE *out = fopen("/dev/null", "w");
  struct timeline *timeline = timeline_new(out, &plain);
  feed(timeline, "{\"kind\":\"started\",\"at\":5000,\"flow\":\"pin\"}");
  feed(timeline, "{\"kind\":\"op\",\"at\":1000,\"op\":\"wait\"}");
  assert_float_equal(timeline_seconds(timeline), 0, 0.0001);
  timeline_free(timeline);
  fclose(out);
}

static void bears_events_of_any_shape(void **state) {
  (void)state;
  static const char *const strange[] = {
      "[]",
      "{}",
      "{\"kind\":7}",
      "{\"kind\":\"op\",\"op\":\"place\",\"args\":{\"verbs\":[1,{\"verb\":\"hum\"}]}}",
      "{\"kind\":\"op\",\"op\":\"dance\"}",
      "{\"kind\":\"result\",\"op\":\"collect\",\"result\":17}",
      "{\"kind\":\"result\",\"op\":\"audio\",\"result\":[{\"rate\":\"fast\"}]}",
      "{\"kind\":\"result\",\"op\":\"wait\",\"result\":[null,\"late\"]}",
      "{\"kind\":\"call\",\"number\":-4,\"state\":\"pondering\"}",
      "{\"kind\":\"leg\"}",
      "{\"kind\":\"log\",\"message\":[\"a\",1]}",
      "{\"kind\":\"log\",\"message\":\"cut\\u0000off\"}",
      "{\"kind\":\"finished\",\"report\":7}",
  };
  FILE *out = fopen("/dev/null", "w");
  struct timeline *timeline = timeline_new(out, &plain);
  for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
    feed(timeline, strange[i]);
  timeline_free(timeline);
  fclose(out);
}

int main(void) {
  setlocale(LC_CTYPE, "C.UTF-8"); /* the widths of characters */
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tells_a_pin_call),
      cmocka_unit_test(tells_a_delivery),
      cmocka_unit_test(tells_a_failed_run_with_two_calls),
      cmocka_unit_test(tells_an_unknown_run),
      cmocka_unit_test(tells_a_failure_once),
      cmocka_unit_test(wraps_at_a_narrow_width),
      cmocka_unit_test(is_ascii_where_the_locale_is),
      cmocka_unit_test(colours_the_words),
      cmocka_unit_test(never_shows_keyed_digits),
      cmocka_unit_test(lets_nothing_steer_the_terminal),
      cmocka_unit_test(says_what_is_waited_for),
      cmocka_unit_test(never_counts_back_when_the_clock_is_set),
      cmocka_unit_test(bears_events_of_any_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
