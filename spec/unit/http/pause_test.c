/* Backoff, and Retry-After in both its forms. */
#include "http/pause.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void between(double pause, double least, double most) {
  if (pause < least - 1e-9 || pause > most + 1e-9)
    fail_msg("%g is not between %g and %g", pause, least, most);
}

static void a_pause_doubles_a_quarter_more_or_less(void **state) {
  (void)state;
  for (unsigned i = 0; i < 200; i++) {
    between(pause_after(1, 2, 30), 1.5, 2.5);
    between(pause_after(2, 2, 30), 3, 5);
    between(pause_after(3, 2, 30), 6, 10);
    between(pause_after(4, 2, 30), 12, 20);
    between(pause_after(5, 2, 30), 22.5, 30);
    between(pause_after(4000000000, 2, 30), 22.5, 30);
    between(pause_after(1, 50, 30), 22.5, 30);
  }
}

/* Of 200 pauses all equal, or all in one half, one would be sure of a fault. */
static void a_pause_is_left_to_chance(void **state) {
  (void)state;
  unsigned below = 0;
  for (unsigned i = 0; i < 200; i++) below += pause_after(1, 1, 30) < 1;
  assert_true(below > 20 && below < 180);
}

static double asked(const char *retry_after, const char *date) {
  const struct http_header headers[] = {{"date", date}, {"retry-after", retry_after}};
  const struct http_answer answer = {.headers = date ? headers : headers + 1,
                                     .header_count = date ? 2 : 1};
  return pause_asked(&answer);
}

static void seconds_are_taken(void **state) {
  (void)state;
  between(asked("0", NULL), 0, 0);
  between(asked("7", NULL), 7, 7);
  between(asked("3600", NULL), 3600, 3600);
  between(asked("3601", NULL), 3600, 3600);
  between(asked("99999999999999999999999999", NULL), 3600, 3600);
}

static void a_date_counts_from_the_answers_own(void **state) {
  (void)state;
  static const char *const forms[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                      "Sunday, 06-Nov-94 08:49:37 GMT",
                                      "Sun Nov  6 08:49:37 1994"};
  for (size_t i = 0; i < 3; i++)
    between(asked(forms[i], "Sun, 06 Nov 1994 08:49:30 GMT"), 7, 7);
  between(asked("Sun, 06 Nov 1994 08:49:20 GMT", "Sun, 06 Nov 1994 08:49:30 GMT"), 0, 0);
  between(asked("Mon, 07 Nov 1994 08:49:30 GMT", "Sun, 06 Nov 1994 08:49:30 GMT"), 3600,
          3600);
}

static void a_date_alone_counts_from_now(void **state) {
  (void)state;
  char text[64];
  time_t later = time(NULL) + 600;
  struct tm parts;
  strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&later, &parts));
  between(asked(text, NULL), 1, 600);
  between(asked(text, "nonsense"), 1, 600);
}

static void what_cannot_be_read_asks_for_nothing(void **state) {
  (void)state;
  static const char *const wrong[] = {"",     "soon", "-1",  "1.5",      "7s",
                                      "0x10", "Sun",  "Bad", "tomorrow", "+3"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_true(asked(wrong[i], NULL) < 0);
  assert_true(pause_asked(&(struct http_answer){0}) < 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pause_doubles_a_quarter_more_or_less),
      cmocka_unit_test(a_pause_is_left_to_chance),
      cmocka_unit_test(seconds_are_taken),
      cmocka_unit_test(a_date_counts_from_the_answers_own),
      cmocka_unit_test(a_date_alone_counts_from_now),
      cmocka_unit_test(what_cannot_be_read_asks_for_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
