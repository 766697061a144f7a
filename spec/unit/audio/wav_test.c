#include "audio/sound.h"

enum {
  AT_RIFF_SIZE = 4,
  AT_TAG = 20,
  AT_CHANNELS = 22,
  AT_RATE = 24,
  AT_BYTE_RATE = 28,
  AT_BLOCK = 32,
  AT_BITS = 34,
  AT_DATA = 36,
  AT_DATA_SIZE = 40,
};

static struct sound sound;
static struct audio_report report;

static void every_plain_codec_is_told(void **state) {
  (void)state;
  static const struct {
    int tag, bits;
    const char *codec;
  } cases[] = {{1, 8, "PCM"},    {1, 16, "PCM"},   {1, 24, "PCM"},  {1, 32, "PCM"},
               {3, 32, "float"}, {3, 64, "float"}, {6, 8, "A-law"}, {7, 8, "u-law"}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    uint32_t data = SAMPLES * (uint32_t)cases[i].bits / 8;
    put_wav_head(&sound, cases[i].tag, cases[i].bits, 1, data);
    sound.length += data;
    check(&sound, &report);
    assert_good(&report);
    assert_string_equal(report.mime, "audio/wav");
    assert_string_equal(report.container, "WAV");
    assert_string_equal(report.codec, cases[i].codec);
    assert_int_equal(report.bits, cases[i].bits);
    assert_int_equal(report.rate, RATE);
    assert_int_equal(report.channels, 1);
    assert_int_equal(report.frames, SAMPLES);
    assert_near(report.duration, 0.5, 1e-9);
  }
}

static void put_gsm_wav(uint32_t blocks, uint32_t samples) {
  put_wav_head(&sound, 0x31, 0, 1, 0);
  set_le(&sound, AT_BYTE_RATE, 4, 1625);
  set_le(&sound, AT_BLOCK, 2, 65);
  sound.length = AT_DATA;
  put_text(&sound, "fact");
  put_le(&sound, 4, 4);
  put_le(&sound, 4, samples);
  put_text(&sound, "data");
  put_le(&sound, 4, blocks * 65);
  sound.length += blocks * 65;
  set_le(&sound, AT_RIFF_SIZE, 4, (uint32_t)sound.length - 8);
}

static void gsm_is_told_and_decoded(void **state) {
  (void)state;
  put_gsm_wav(4, 4 * 320 - 100);
  check(&sound, &report);
  assert_good(&report);
  assert_string_equal(report.codec, "GSM 6.10");
  assert_int_equal(report.bits, 0);
  assert_int_equal(report.frames, 4 * 320);
}

static void a_wrong_count_of_gsm_samples_is_refused(void **state) {
  (void)state;
  put_gsm_wav(4, 4 * 320 + 1);
  check(&sound, &report);
  assert_refused(&report, "truncated", "counts 1281 samples");
  put_gsm_wav(4, 3 * 320);
  check(&sound, &report);
  assert_refused(&report, "header", "counts 960 samples");
}

static void put_extensible(int tag) {
  put_wav_head(&sound, 0xfffe, 16, 1, SAMPLES * 2);
  sound.length = AT_DATA;
  set_le(&sound, 16, 4, 40);
  put_le(&sound, 2, 22);
  put_le(&sound, 2, 16);
  put_le(&sound, 4, 4); /* the speaker in the middle */
  put_le(&sound, 2, (uint32_t)tag);
  put(&sound, "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71", 14);
  put_text(&sound, "data");
  put_le(&sound, 4, SAMPLES * 2);
  sound.length += SAMPLES * 2;
  set_le(&sound, AT_RIFF_SIZE, 4, (uint32_t)sound.length - 8);
}

static void an_extensible_format_is_looked_into(void **state) {
  (void)state;
  put_extensible(1);
  check(&sound, &report);
  assert_good(&report);
  assert_string_equal(report.codec, "PCM");
  put_extensible(0x55);
  check(&sound, &report);
  assert_refused(&report, "unsupported", "MPEG layer III");
}

static void an_extensible_format_that_contradicts_itself_is_refused(void **state) {
  (void)state;
  put_extensible(1);
  set_le(&sound, 38, 2, 24); /* valid bits of 16 */
  check(&sound, &report);
  assert_refused(&report, "header", "contradicts itself");
  put_extensible(1);
  sound.bytes[59] ^= 1; /* the end of the GUID */
  check(&sound, &report);
  assert_refused(&report, "header", "contradicts itself");
  put_extensible(1);
  set_le(&sound, 40, 4, 3);
  check(&sound, &report);
  assert_refused(&report, "header", "2 speakers for 1 channels");
}

static void other_codecs_are_named(void **state) {
  (void)state;
  static const struct {
    int tag;
    const char *name;
  } cases[] = {{0x02, "MS ADPCM"},
               {0x11, "IMA ADPCM"},
               {0x55, "MPEG layer III"},
               {0x7777, "unknown codec (format 0x7777)"}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    make_wav(&sound);
    set_le(&sound, AT_TAG, 2, (uint32_t)cases[i].tag);
    check(&sound, &report);
    assert_refused(&report, "unsupported", cases[i].name);
    assert_string_equal(report.mend, "ffmpeg -i IN -c:a pcm_s16le OUT.wav");
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
      {AT_CHANNELS, 2, 9, "9 channels"},
      {AT_RATE, 4, 0, "rate of 0 Hz"},
      {AT_RATE, 4, 3999, "rate of 3999 Hz"},
      {AT_RATE, 4, 0xffffffff, "rate of 4294967295 Hz"},
      {AT_BYTE_RATE, 4, 15999, "15999 bytes a second and 8000 Hz make 16000"},
      {AT_BLOCK, 2, 4, "block size is 4 and 1 channels of this codec need 2"},
      {AT_BITS, 2, 17, "17 bits"},
      {16, 4, 15, "format chunk has 15 bytes"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    make_wav(&sound);
    set_le(&sound, cases[i].at, cases[i].bytes, cases[i].value);
    check(&sound, &report);
    assert_refused(&report, "header", cases[i].part);
  }
}

static void a_file_shorter_than_its_header_says_is_truncated(void **state) {
  (void)state;
  make_wav(&sound);
  sound.length -= 1000;
  check(&sound, &report);
  assert_refused(&report, "truncated", "1000 are missing");
  make_wav(&sound);
  set_le(&sound, AT_DATA_SIZE, 4, SAMPLES * 2 + 2);
  check(&sound, &report);
  assert_refused(&report, "truncated", "promises 8002 bytes and 8000 are left");
  for (size_t length = 1; length < WAV_HEAD; length++) {
    make_wav(&sound);
    sound.length = length;
    check(&sound, &report);
    assert_true(report.refused);
  }
}

static void a_file_longer_than_its_header_says_has_junk(void **state) {
  (void)state;
  make_wav(&sound);
  put_text(&sound, "more");
  check(&sound, &report);
  assert_refused(&report, "junk", "4 bytes follow the sound's end at byte 8044");
}

static void bytes_missing_or_too_many_inside_are_found(void **state) {
  (void)state;
  make_wav(&sound);
  set_le(&sound, AT_DATA_SIZE, 4, 4000);
  check(&sound, &report);
  assert_refused(&report, "corrupt", "at byte 4044 there should be a chunk");
  make_wav(&sound);
  set_le(&sound, AT_DATA_SIZE, 4, SAMPLES * 2 - 1);
  check(&sound, &report);
  assert_refused(&report, "truncated", "7999 bytes end inside a block of 2");
}

static void chunks_around_the_sound_are_passed_over(void **state) {
  (void)state;
  make_wav(&sound);
  insert(&sound, AT_DATA, "LIST\x05"); /* odd, with its padding */
  insert(&sound, AT_DATA + 5, "---");
  memset(sound.bytes + AT_DATA + 5, 0, 3);
  insert(&sound, AT_DATA + 8, "INFO.!");
  sound.bytes[AT_DATA + 13] = 0;
  put_text(&sound, "note");
  put_le(&sound, 4, 2);
  put_text(&sound, "hi");
  set_le(&sound, AT_RIFF_SIZE, 4, (uint32_t)sound.length - 8);
  check(&sound, &report);
  assert_good(&report);
  assert_int_equal(report.frames, SAMPLES);
}

static void a_padding_byte_is_no_junk_and_may_be_missing(void **state) {
  (void)state;
  for (int padded = 0; padded < 2; padded++) {
    put_wav_head(&sound, 7, 8, 1, 801);
    sound.length += 801;
    if (padded) put(&sound, "", 1);
    check(&sound, &report);
    assert_good(&report);
    set_le(&sound, AT_RIFF_SIZE, 4, (uint32_t)sound.length - 8);
    check(&sound, &report);
    assert_good(&report);
    assert_int_equal(report.frames, 801);
  }
}

static void a_streamed_header_is_a_warning(void **state) {
  (void)state;
  static const uint32_t sizes[] = {0xffffffff, 0x7ffff000, 0x7fffffff};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    make_wav(&sound);
    set_le(&sound, AT_RIFF_SIZE, 4, sizes[i]);
    set_le(&sound, AT_DATA_SIZE, 4, sizes[i]);
    check(&sound, &report);
    assert_good(&report);
    assert_int_equal(report.frames, SAMPLES);
    assert_non_null(warning(&report, "streamed"));
  }
  sound.length -= 1;
  check(&sound, &report);
  assert_refused(&report, "truncated", "end inside a block");
}

static void sizes_that_were_never_filled_in_are_refused(void **state) {
  (void)state;
  make_wav(&sound);
  set_le(&sound, AT_RIFF_SIZE, 4, 0);
  set_le(&sound, AT_DATA_SIZE, 4, 0);
  check(&sound, &report);
  assert_refused(&report, "unfinished", "the recorder stopped");
  assert_string_equal(report.mend, "sox --ignore-length IN OUT.wav");
}

static void chunks_out_of_order_are_refused(void **state) {
  (void)state;
  make_wav(&sound);
  memcpy(sound.bytes + AT_DATA, "LIST", 4);
  check(&sound, &report);
  assert_refused(&report, "empty", "no data chunk");
  make_wav(&sound);
  memcpy(sound.bytes + 12, "LIST", 4);
  check(&sound, &report);
  assert_refused(&report, "corrupt", "has no format before it");
  make_wav(&sound);
  put(&sound, sound.bytes + AT_DATA, 8 + SAMPLES * 2);
  set_le(&sound, AT_RIFF_SIZE, 4, (uint32_t)sound.length - 8);
  check(&sound, &report);
  assert_refused(&report, "corrupt", "is a second one");
  make_wav(&sound);
  put(&sound, sound.bytes + 12, 24);
  set_le(&sound, AT_RIFF_SIZE, 4, (uint32_t)sound.length - 8);
  check(&sound, &report);
  assert_refused(&report, "corrupt", "second format chunk");
}

static void no_sound_is_empty(void **state) {
  (void)state;
  put_wav_head(&sound, 1, 16, 1, 0);
  check(&sound, &report);
  assert_refused(&report, "empty", "no sound after it");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_plain_codec_is_told),
      cmocka_unit_test(gsm_is_told_and_decoded),
      cmocka_unit_test(a_wrong_count_of_gsm_samples_is_refused),
      cmocka_unit_test(an_extensible_format_is_looked_into),
      cmocka_unit_test(an_extensible_format_that_contradicts_itself_is_refused),
      cmocka_unit_test(other_codecs_are_named),
      cmocka_unit_test(fields_without_sense_are_refused),
      cmocka_unit_test(a_file_shorter_than_its_header_says_is_truncated),
      cmocka_unit_test(a_file_longer_than_its_header_says_has_junk),
      cmocka_unit_test(bytes_missing_or_too_many_inside_are_found),
      cmocka_unit_test(chunks_around_the_sound_are_passed_over),
      cmocka_unit_test(a_padding_byte_is_no_junk_and_may_be_missing),
      cmocka_unit_test(a_streamed_header_is_a_warning),
      cmocka_unit_test(sizes_that_were_never_filled_in_are_refused),
      cmocka_unit_test(chunks_out_of_order_are_refused),
      cmocka_unit_test(no_sound_is_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
