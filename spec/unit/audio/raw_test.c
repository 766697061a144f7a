#include "audio/sound.h"

static struct sound sound;
static struct audio_report report;

static void check_as_ulaw(void) {
  const struct audio_options options = {.raw_ulaw = true};
  audio_check_bytes(sound.bytes, sound.length, &options, &report);
}

static void make_ulaw(void) {
  sound.length = 0;
  put_bytes_of_tone(&sound, SAMPLES * 2, 0xc0);
}

static void gsm_is_told_by_the_mark_of_its_frames(void **state) {
  (void)state;
  make_gsm(&sound);
  check(&sound, &report);
  assert_good(&report);
  assert_string_equal(report.mime, "audio/gsm");
  assert_true(audio_is(&report, "audio/x-gsm"));
  assert_string_equal(report.container, "raw GSM");
  assert_int_equal(report.rate, 8000);
  assert_int_equal(report.frames, GSM_FRAMES * 160);
}

static void a_cut_gsm_frame_is_truncated(void **state) {
  (void)state;
  make_gsm(&sound);
  sound.length -= 5;
  check(&sound, &report);
  assert_refused(&report, "truncated", "lacks 5 of its 33 bytes");
}

static void gsm_frames_out_of_step_are_corrupt(void **state) {
  (void)state;
  make_gsm(&sound);
  cut(&sound, 12 * 33 + 7, 2);
  check(&sound, &report);
  assert_refused(&report, "corrupt", "at byte 429 (0.26 s) a GSM frame should begin");
  make_gsm(&sound);
  insert(&sound, 20 * 33, "surplus");
  check(&sound, &report);
  assert_refused(&report, "corrupt", "at byte 660");
}

static void junk_before_gsm_is_refused(void **state) {
  (void)state;
  make_gsm(&sound);
  insert(&sound, 0, "\x01\x02junk");
  check(&sound, &report);
  assert_refused(&report, "junk", "6 bytes that are no sound stand before");
}

static void two_frames_are_too_few_to_be_told_as_gsm(void **state) {
  (void)state;
  make_gsm(&sound);
  sound.length = 66;
  check(&sound, &report);
  assert_refused(&report, "foreign", "no audio format");
}

static void ulaw_is_taken_where_asked_for(void **state) {
  (void)state;
  make_ulaw();
  check_as_ulaw();
  assert_good(&report);
  assert_string_equal(report.mime, "audio/ulaw");
  assert_string_equal(report.container, "raw u-law");
  assert_int_equal(report.rate, 8000);
  assert_int_equal(report.frames, SAMPLES * 2);
  check(&sound, &report);
  assert_refused(&report, "foreign", "must be asked for or named .ulaw");
}

static void ulaw_is_taken_where_it_is_named(void **state) {
  (void)state;
  static const char *const names[] = {"a.ul", "b/c.ULAW", "x.y.mulaw", "z.pcmu"};
  make_ulaw();
  for (size_t i = 0; i < COUNT(names); i++) {
    const struct audio_options options = {.name = names[i]};
    audio_check_bytes(sound.bytes, sound.length, &options, &report);
    assert_good(&report);
  }
  const struct audio_options options = {.name = "a.ulaw/b"};
  audio_check_bytes(sound.bytes, sound.length, &options, &report);
  assert_refused(&report, "foreign", "must be asked for");
}

static void a_known_format_stays_itself_where_ulaw_is_asked_for(void **state) {
  (void)state;
  make_wav(&sound);
  check_as_ulaw();
  assert_string_equal(report.container, "WAV");
  make_gsm(&sound);
  check_as_ulaw();
  assert_string_equal(report.container, "raw GSM");
}

static void what_cannot_be_ulaw_is_refused(void **state) {
  (void)state;
  sound.length = 0;
  uint32_t random = 1;
  for (int i = 0; i < 20000; i++) {
    random = random * 1664525 + 1013904223;
    put_be(&sound, 1, random >> 24);
  }
  check_as_ulaw();
  assert_refused(&report, "foreign", "compressed or encrypted");
  memset(sound.bytes, 0, sound.length);
  check_as_ulaw();
  assert_refused(&report, "foreign", "all of its bytes are zero");
  sound.length = 0;
  put_text(&sound, "Not found: the file you asked for is not on this server.\n");
  check_as_ulaw();
  assert_refused(&report, "foreign", "it is text");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gsm_is_told_by_the_mark_of_its_frames),
      cmocka_unit_test(a_cut_gsm_frame_is_truncated),
      cmocka_unit_test(gsm_frames_out_of_step_are_corrupt),
      cmocka_unit_test(junk_before_gsm_is_refused),
      cmocka_unit_test(two_frames_are_too_few_to_be_told_as_gsm),
      cmocka_unit_test(ulaw_is_taken_where_asked_for),
      cmocka_unit_test(ulaw_is_taken_where_it_is_named),
      cmocka_unit_test(a_known_format_stays_itself_where_ulaw_is_asked_for),
      cmocka_unit_test(what_cannot_be_ulaw_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
