#include "audio/report.h"

#include "audio/sound.h"

static struct sound sound;
static struct audio_report report;

static void every_name_of_a_format_is_known(void **state) {
  (void)state;
  static const char *const names[] = {"audio/wav", "audio/wave", "audio/x-wav",
                                      "AUDIO/WAV", "audio/wav; rate=8000"};
  make_wav(&sound);
  check(&sound, &report);
  for (size_t i = 0; i < COUNT(names); i++) assert_true(audio_is(&report, names[i]));
  assert_false(audio_is(&report, "audio/wa"));
  assert_false(audio_is(&report, "audio/mpeg"));
  assert_false(audio_is(&report, ""));
}

static void what_is_unknown_has_no_name(void **state) {
  (void)state;
  report = (struct audio_report){0};
  assert_false(audio_is(&report, "audio/wav"));
}

static void the_first_refusal_stays(void **state) {
  (void)state;
  report = (struct audio_report){0};
  assert_false(report_refuse(&report, "one", "", "first"));
  assert_false(report_refuse(&report, "two", "", "second"));
  assert_string_equal(report.reason, "one");
  assert_string_equal(report.message, "first");
}

static void remarks_beyond_the_cap_are_dropped(void **state) {
  (void)state;
  report = (struct audio_report){0};
  for (int i = 0; i < AUDIO_FINDINGS + 3; i++)
    report_warn(&report, "word", "", REPORT_EVERYWHERE, "number %d", i);
  assert_int_equal(report.warning_count, AUDIO_FINDINGS);
  assert_string_equal(report.warnings[AUDIO_FINDINGS - 1].message, "number 15");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_name_of_a_format_is_known),
      cmocka_unit_test(what_is_unknown_has_no_name),
      cmocka_unit_test(the_first_refusal_stays),
      cmocka_unit_test(remarks_beyond_the_cap_are_dropped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
