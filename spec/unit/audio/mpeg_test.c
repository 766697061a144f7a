#include "audio/sound.h"

#include "audio/mpeg_info.h"

/* An info frame of 576 bytes (64 kbit/s), as LAME writes it. */
enum {
  INFO_BYTES = 576,
  AT_WORD = 13,
  AT_FRAMES = 21,
  AT_COUNT = 25, /* of bytes */
  AT_ENCODER = 133,
  AT_GAPS = AT_ENCODER + 21,
  AT_MUSIC_CRC = AT_ENCODER + 32,
  AT_OWN_CRC = AT_ENCODER + 34,
  DELAY = 576,
  PADDING = 1000,
};

static struct sound sound;
static struct audio_report report;

/* Sets the checksums again after a test has changed what they cover. */
static void seal(void) {
  uint16_t music =
      mpeg_info_crc(0, sound.bytes + INFO_BYTES, MPEG_FRAMES * (size_t)MPEG_BYTES);
  set_be(&sound, AT_MUSIC_CRC, 2, music);
  set_be(&sound, AT_OWN_CRC, 2, mpeg_info_crc(0, sound.bytes, AT_OWN_CRC));
}

static void make_informed(void) {
  static const unsigned char gaps[3] = {DELAY >> 4, (DELAY & 15) << 4 | PADDING >> 8,
                                        PADDING & 255};
  unsigned char head[INFO_BYTES] = {0xff, 0xe3, 0x88, 0xc0};
  sound.length = 0;
  put(&sound, head, sizeof head);
  memcpy(sound.bytes + AT_WORD, "Info\0\0\0\x0f", 8);
  set_be(&sound, AT_FRAMES, 4, MPEG_FRAMES);
  set_be(&sound, AT_COUNT, 4, INFO_BYTES + MPEG_FRAMES * MPEG_BYTES);
  memcpy(sound.bytes + AT_ENCODER, "LAME3.100", 9);
  memcpy(sound.bytes + AT_GAPS, gaps, sizeof gaps);
  for (int i = 0; i < MPEG_FRAMES; i++) put_mpeg_frame(&sound);
  seal();
}

static void layer_three_is_told(void **state) {
  (void)state;
  make_mpeg(&sound);
  check(&sound, &report);
  assert_good(&report);
  assert_string_equal(report.mime, "audio/mpeg");
  assert_string_equal(report.codec, "MPEG layer III");
  assert_int_equal(report.rate, 8000);
  assert_int_equal(report.channels, 1);
  assert_int_equal(report.frames, MPEG_FRAMES * MPEG_SAMPLES);
}

static void what_the_encoder_added_is_no_sound(void **state) {
  (void)state;
  make_informed();
  check(&sound, &report);
  assert_good(&report);
  assert_int_equal(report.frames, MPEG_FRAMES * MPEG_SAMPLES - DELAY - PADDING);
}

static void a_cut_last_frame_is_truncated(void **state) {
  (void)state;
  make_mpeg(&sound);
  sound.length -= 2;
  check(&sound, &report);
  assert_refused(&report, "truncated", "at byte 648 (0.65 s), lacks 2 of its 72 bytes");
  sound.length = MPEG_BYTES - 1;
  check(&sound, &report);
  assert_refused(&report, "truncated", "at byte 0 (0.00 s), lacks 1");
}

static void whole_frames_that_are_missing_are_counted(void **state) {
  (void)state;
  make_informed();
  sound.length -= MPEG_BYTES;
  check(&sound, &report);
  assert_refused(&report, "truncated", "counts 10 frames and there are 9");
  make_informed();
  put_mpeg_frame(&sound);
  put_mpeg_frame(&sound);
  check(&sound, &report);
  assert_refused(&report, "corrupt", "counts 10 frames and there are 12");
}

static void bytes_are_counted(void **state) {
  (void)state;
  make_informed();
  set_be(&sound, AT_COUNT, 4, INFO_BYTES + MPEG_FRAMES * MPEG_BYTES - 1);
  seal();
  check(&sound, &report);
  assert_refused(&report, "corrupt", "counts 1295 bytes and there are 1296");
}

static void a_changed_byte_breaks_the_checksum(void **state) {
  (void)state;
  make_informed();
  sound.bytes[INFO_BYTES + 3 * MPEG_BYTES + 60] ^= 1;
  check(&sound, &report);
  assert_refused(&report, "corrupt", "bytes have changed since");
  make_informed();
  sound.bytes[60] ^= 1; /* in the info frame itself */
  check(&sound, &report);
  assert_refused(&report, "corrupt", "bytes have changed since");
}

static void a_volume_changed_in_place_is_no_damage(void **state) {
  (void)state;
  make_informed();
  sound.bytes[INFO_BYTES + 3 * MPEG_BYTES + 60] ^= 1;
  put_text(&sound, "MP3GAIN_UNDO");
  put_text(&sound, "APETAGEX");
  put_le(&sound, 4, 2000);
  put_le(&sound, 4, 12 + 32);
  put_le(&sound, 4, 1);
  put(&sound, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
  check(&sound, &report);
  assert_good(&report);
}

static void the_checksum_is_the_one_encoders_use(void **state) {
  (void)state;
  assert_int_equal(mpeg_info_crc(0, (const unsigned char *)"123456789", 9), 0xbb3d);
}

static void bytes_between_frames_are_corrupt(void **state) {
  (void)state;
  make_mpeg(&sound);
  insert(&sound, 3 * MPEG_BYTES, "surplus");
  check(&sound, &report);
  assert_refused(&report, "corrupt", "at byte 216 (0.22 s) a frame should begin");
  make_mpeg(&sound);
  cut(&sound, 2 * MPEG_BYTES + 40, 5);
  check(&sound, &report);
  assert_refused(&report, "corrupt", "at byte 216 (0.22 s) a frame should begin");
}

static void junk_around_the_stream_is_refused(void **state) {
  (void)state;
  make_mpeg(&sound);
  put_text(&sound, "the end");
  check(&sound, &report);
  assert_refused(&report, "junk", "7 bytes that are no sound follow the last frame");
  make_mpeg(&sound);
  insert(&sound, 0, "\x01\x02\x03 front");
  check(&sound, &report);
  assert_refused(&report, "junk", "9 bytes that are no sound stand before");
}

static void foreign_frames_are_refused(void **state) {
  (void)state;
  make_mpeg(&sound);
  sound.bytes[4 * MPEG_BYTES + 1] = 0xf3; /* MPEG 2: 16000 Hz */
  sound.bytes[4 * MPEG_BYTES + 2] = 0x28; /* as many bytes */
  check(&sound, &report);
  assert_refused(&report, "corrupt", "16000 Hz with 1 channels and not 8000 with 1");
}

static void other_layers_are_unsupported(void **state) {
  (void)state;
  sound.length = 0;
  for (int i = 0; i < 5; i++) {
    unsigned char frame[144] = {0xff, 0xf5, 0x18, 0xc0}; /* layer II, 8 kbit/s */
    frame[2] = 0x14;                                     /* 24000 Hz */
    put(&sound, frame, 48);
  }
  check(&sound, &report);
  assert_refused(&report, "unsupported", "MPEG layer II,");
}

static void a_wrong_frame_checksum_is_corrupt(void **state) {
  (void)state;
  make_mpeg(&sound);
  for (int i = 0; i < MPEG_FRAMES; i++) sound.bytes[i * MPEG_BYTES + 1] = 0xe2;
  check(&sound, &report);
  assert_refused(&report, "corrupt", "checksum of the frame at byte 0");
}

/* Each frame of a chain keeps `used` bytes of samples from where `back` points. */
static void set_side(int frame, unsigned back, unsigned used) {
  size_t at = (size_t)frame * MPEG_BYTES + 4;
  unsigned bits = used * 8;
  sound.bytes[at] = (unsigned char)back;
  sound.bytes[at + 1] = (unsigned char)(bits >> 5 & 0x7f);
  sound.bytes[at + 2] = (unsigned char)(bits << 3);
}

static void frames_that_do_not_belong_together_are_found(void **state) {
  (void)state;
  make_mpeg(&sound);
  set_side(3, 0, 40);
  set_side(4, 19, 10); /* 59 bytes a frame, 40 taken */
  check(&sound, &report);
  assert_good(&report);
  set_side(4, 20, 10);
  check(&sound, &report);
  assert_refused(&report, "corrupt", "frames are missing or foreign");
  make_mpeg(&sound);
  set_side(4, 0, 60);
  check(&sound, &report);
  assert_refused(&report, "corrupt", "at byte 288 (0.29 s) is damaged");
}

static void a_stream_cut_out_of_another_is_a_warning(void **state) {
  (void)state;
  make_mpeg(&sound);
  set_side(0, 30, 20);
  check(&sound, &report);
  assert_good(&report);
  assert_non_null(warning(&report, "cut"));
}

static void put_id3(size_t length) {
  make_mpeg(&sound);
  sound.length += 10 + length;
  memmove(sound.bytes + 10 + length, sound.bytes, MPEG_FRAMES * MPEG_BYTES);
  memset(sound.bytes, 0, 10 + length);
  memcpy(sound.bytes, "ID3\x04", 4);
  sound.bytes[8] = (unsigned char)(length >> 7);
  sound.bytes[9] = (unsigned char)(length & 0x7f);
}

static void tags_are_no_sound(void **state) {
  (void)state;
  put_id3(100);
  put_text(&sound, "000000LYRICS200");
  put_text(&sound, "TAG");
  sound.length += 125;
  check(&sound, &report);
  assert_good(&report);
  assert_int_equal(report.frames, MPEG_FRAMES * MPEG_SAMPLES);
  assert_null(warning(&report, "tag"));
}

static void a_long_tag_is_a_warning(void **state) {
  (void)state;
  put_id3(10 * 1024);
  check(&sound, &report);
  assert_good(&report);
  assert_non_null(warning(&report, "tag"));
}

static void a_broken_tag_is_refused(void **state) {
  (void)state;
  put_id3(100);
  sound.bytes[9] = 0x80;
  check(&sound, &report);
  assert_refused(&report, "corrupt", "ID3 tag at byte 0");
  put_id3(100);
  sound.length = 50;
  check(&sound, &report);
  assert_refused(&report, "truncated", "inside its ID3 tag of 110 bytes");
  put_id3(100);
  sound.length = 110;
  check(&sound, &report);
  assert_refused(&report, "foreign", "no MPEG frame follows");
}

static void only_an_info_frame_is_empty(void **state) {
  (void)state;
  make_informed();
  sound.length = INFO_BYTES;
  set_be(&sound, AT_FRAMES, 4, 0);
  set_be(&sound, AT_COUNT, 4, 0);
  check(&sound, &report);
  assert_refused(&report, "empty", "no frame of sound");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layer_three_is_told),
      cmocka_unit_test(what_the_encoder_added_is_no_sound),
      cmocka_unit_test(a_cut_last_frame_is_truncated),
      cmocka_unit_test(whole_frames_that_are_missing_are_counted),
      cmocka_unit_test(bytes_are_counted),
      cmocka_unit_test(a_changed_byte_breaks_the_checksum),
      cmocka_unit_test(a_volume_changed_in_place_is_no_damage),
      cmocka_unit_test(the_checksum_is_the_one_encoders_use),
      cmocka_unit_test(bytes_between_frames_are_corrupt),
      cmocka_unit_test(junk_around_the_stream_is_refused),
      cmocka_unit_test(foreign_frames_are_refused),
      cmocka_unit_test(other_layers_are_unsupported),
      cmocka_unit_test(a_wrong_frame_checksum_is_corrupt),
      cmocka_unit_test(frames_that_do_not_belong_together_are_found),
      cmocka_unit_test(a_stream_cut_out_of_another_is_a_warning),
      cmocka_unit_test(tags_are_no_sound),
      cmocka_unit_test(a_long_tag_is_a_warning),
      cmocka_unit_test(a_broken_tag_is_refused),
      cmocka_unit_test(only_an_info_frame_is_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
