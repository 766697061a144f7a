#include "audio/sound.h"

enum { AT_START = 4, AT_SIZE = 8, AT_ENCODING = 12, AT_RATE = 16, AT_CHANNELS = 20 };

static struct sound sound;
static struct audio_report report;

static void every_encoding_is_told(void **state) {
  (void)state;
  static const struct {
    uint32_t encoding;
    int bits;
    const char *codec, *mime;
  } cases[] = {{1, 8, "u-law", "audio/ulaw"},   {2, 8, "PCM", "audio/basic"},
               {3, 16, "PCM", "audio/basic"},   {4, 24, "PCM", "audio/basic"},
               {5, 32, "PCM", "audio/basic"},   {6, 32, "float", "audio/basic"},
               {7, 64, "float", "audio/basic"}, {27, 8, "A-law", "audio/basic"}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    uint32_t data = SAMPLES * (uint32_t)cases[i].bits / 8;
    put_au_head(&sound, cases[i].encoding, data);
    sound.length += data;
    check(&sound, &report);
    assert_good(&report);
    assert_string_equal(report.container, "AU");
    assert_string_equal(report.codec, cases[i].codec);
    assert_string_equal(report.mime, cases[i].mime);
    assert_int_equal(report.bits, cases[i].bits);
    assert_int_equal(report.frames, SAMPLES);
  }
}

static void other_encodings_are_refused(void **state) {
  (void)state;
  make_au(&sound);
  set_be(&sound, AT_ENCODING, 4, 23);
  check(&sound, &report);
  assert_refused(&report, "unsupported", "encoding is 23");
}

static void the_size_is_held_against_the_file(void **state) {
  (void)state;
  make_au(&sound);
  sound.length -= 100;
  check(&sound, &report);
  assert_refused(&report, "truncated", "promises 8000 bytes of sound and 7900");
  make_au(&sound);
  put_text(&sound, "junk!");
  check(&sound, &report);
  assert_refused(&report, "junk", "5 bytes follow the sound's end");
  make_au(&sound);
  set_be(&sound, AT_SIZE, 4, 0);
  check(&sound, &report);
  assert_refused(&report, "unfinished", "8000 follow");
  make_au(&sound);
  set_be(&sound, AT_SIZE, 4, SAMPLES * 2 - 1);
  sound.length--;
  check(&sound, &report);
  assert_refused(&report, "truncated", "end inside a block of 2");
}

static void an_open_size_is_a_warning(void **state) {
  (void)state;
  make_au(&sound);
  set_be(&sound, AT_SIZE, 4, 0xffffffff);
  check(&sound, &report);
  assert_good(&report);
  assert_non_null(warning(&report, "streamed"));
}

static void fields_without_sense_are_refused(void **state) {
  (void)state;
  make_au(&sound);
  set_be(&sound, AT_START, 4, 23);
  check(&sound, &report);
  assert_refused(&report, "header", "begins at byte 23");
  set_be(&sound, AT_START, 4, 100000);
  check(&sound, &report);
  assert_refused(&report, "truncated", "begins at byte 100000");
  make_au(&sound);
  set_be(&sound, AT_RATE, 4, 0x40000000);
  check(&sound, &report);
  assert_refused(&report, "header", "1073741824 Hz");
  make_au(&sound);
  set_be(&sound, AT_CHANNELS, 4, 0x80000000);
  check(&sound, &report);
  assert_refused(&report, "header", "2147483648 channels");
}

static void no_sound_is_empty(void **state) {
  (void)state;
  put_au_head(&sound, 3, 0);
  check(&sound, &report);
  assert_refused(&report, "empty", "no sound after it");
  sound.length = AU_HEAD - 1;
  check(&sound, &report);
  assert_refused(&report, "truncated", "only 23 bytes of the header");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_encoding_is_told),
      cmocka_unit_test(other_encodings_are_refused),
      cmocka_unit_test(the_size_is_held_against_the_file),
      cmocka_unit_test(an_open_size_is_a_warning),
      cmocka_unit_test(fields_without_sense_are_refused),
      cmocka_unit_test(no_sound_is_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
