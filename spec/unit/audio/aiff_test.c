#include "audio/sound.h"

enum {
  AT_FORM_SIZE = 4,
  AT_COMMON = 12,
  AT_CHANNELS = 20,
  AT_SAMPLES = 22,
  AT_BITS = 26,
  AT_RATE = 28,
  AT_SOUND = 38,
  AT_SOUND_SIZE = 42,
  AT_SKIP = 46,
  AT_COMPRESSION = 38, /* in AIFC */
};

static struct sound sound;
static struct audio_report report;

static void aiff_is_told(void **state) {
  (void)state;
  make_aiff(&sound);
  check(&sound, &report);
  assert_good(&report);
  assert_string_equal(report.mime, "audio/aiff");
  assert_true(audio_is(&report, "audio/x-aiff"));
  assert_string_equal(report.container, "AIFF");
  assert_string_equal(report.codec, "PCM");
  assert_int_equal(report.rate, RATE);
  assert_int_equal(report.bits, 16);
  assert_int_equal(report.frames, SAMPLES);
}

static void every_compression_of_aifc_is_told(void **state) {
  (void)state;
  static const struct {
    const char *compression;
    int bits;
    const char *codec;
  } cases[] = {{"NONE", 16, "PCM"},  {"twos", 16, "PCM"}, {"sowt", 16, "PCM"},
               {"raw ", 8, "PCM"},   {"in24", 24, "PCM"}, {"fl32", 32, "float"},
               {"ulaw", 8, "u-law"}, {"ALAW", 8, "A-law"}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    put_aiff_head(&sound, cases[i].compression, cases[i].bits, SAMPLES);
    sound.length += SAMPLES * (size_t)cases[i].bits / 8;
    check(&sound, &report);
    assert_good(&report);
    assert_string_equal(report.mime, "audio/x-aifc");
    assert_string_equal(report.codec, cases[i].codec);
    assert_int_equal(report.frames, SAMPLES);
  }
}

static void other_compressions_are_named(void **state) {
  (void)state;
  put_aiff_head(&sound, "ima4", 16, SAMPLES);
  sound.length += SAMPLES * 2;
  check(&sound, &report);
  assert_refused(&report, "unsupported", "\"ima4\"");
}

static void counts_that_differ_are_refused(void **state) {
  (void)state;
  make_aiff(&sound);
  set_be(&sound, AT_SAMPLES, 4, SAMPLES + 1);
  check(&sound, &report);
  assert_refused(&report, "truncated", "counts 4001 samples and the sound has 4000");
  set_be(&sound, AT_SAMPLES, 4, SAMPLES - 1);
  check(&sound, &report);
  assert_refused(&report, "header", "counts 3999 samples");
}

static void sizes_are_held_against_the_file(void **state) {
  (void)state;
  make_aiff(&sound);
  sound.length -= 10;
  check(&sound, &report);
  assert_refused(&report, "truncated", "10 are missing");
  make_aiff(&sound);
  put_text(&sound, "abc");
  check(&sound, &report);
  assert_refused(&report, "junk", "3 bytes follow");
  make_aiff(&sound);
  set_be(&sound, AT_SOUND_SIZE, 4, SAMPLES * 2 + 9);
  check(&sound, &report);
  assert_refused(&report, "truncated", "\"SSND\" at byte 38");
  for (size_t length = 1; length < AIFF_HEAD; length++) {
    make_aiff(&sound);
    sound.length = length;
    check(&sound, &report);
    assert_true(report.refused);
  }
}

static void fields_without_sense_are_refused(void **state) {
  (void)state;
  static const struct {
    size_t at;
    unsigned bytes;
    uint32_t value;
    const char *part;
  } cases[] = {
      {AT_CHANNELS, 2, 0, "0 channels"},
      {AT_BITS, 2, 0, "0 bits"},
      {AT_BITS, 2, 33, "33 bits"},
      {AT_RATE, 2, 0x7fff, "no number"},
      {AT_RATE, 2, 0xc00b, "no number"},
      {AT_RATE, 2, 0x4001, "rate of 8 Hz"},
      {AT_SKIP, 4, 0x10000, "behind its end"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    make_aiff(&sound);
    set_be(&sound, cases[i].at, cases[i].bytes, cases[i].value);
    check(&sound, &report);
    assert_refused(&report, "header", cases[i].part);
  }
}

static void missing_chunks_are_refused(void **state) {
  (void)state;
  make_aiff(&sound);
  memcpy(sound.bytes + AT_COMMON, "NAME", 4);
  check(&sound, &report);
  assert_refused(&report, "header", "no COMM chunk");
  make_aiff(&sound);
  memcpy(sound.bytes + AT_SOUND, "NAME", 4);
  check(&sound, &report);
  assert_refused(&report, "truncated", "no SSND chunk");
}

static void a_streamed_header_is_a_warning(void **state) {
  (void)state;
  make_aiff(&sound);
  set_be(&sound, AT_FORM_SIZE, 4, 0x7f000050);
  set_be(&sound, AT_SAMPLES, 4, 0x3f800000);
  set_be(&sound, AT_SOUND_SIZE, 4, 0x7f000008);
  check(&sound, &report);
  assert_good(&report);
  assert_non_null(warning(&report, "streamed"));
  assert_int_equal(report.frames, SAMPLES);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(aiff_is_told),
      cmocka_unit_test(every_compression_of_aifc_is_told),
      cmocka_unit_test(other_compressions_are_named),
      cmocka_unit_test(counts_that_differ_are_refused),
      cmocka_unit_test(sizes_are_held_against_the_file),
      cmocka_unit_test(fields_without_sense_are_refused),
      cmocka_unit_test(missing_chunks_are_refused),
      cmocka_unit_test(a_streamed_header_is_a_warning),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
