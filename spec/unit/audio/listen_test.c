/* A recording long enough to be heard by several threads, in every codec that allows it.
 */
#include "audio/sound.h"

#include <stdlib.h>

enum { SECONDS = 131, LONG = SECONDS * RATE };

struct bytes {
  unsigned char *data;
  size_t length;
};

/* A changing tone, with silence from 100 s to 106 s and a hole at 70 s. */
static int16_t voice(size_t sample) {
  double t = (double)sample / RATE;
  if (t >= 100 && t < 106) return 0;
  if (sample == 70 * RATE - 1 || sample == 70 * RATE + 400) return 8000;
  if (t >= 70 && t < 70.05) return 0;
  return (int16_t)lround(8000 * sin(2 * M_PI * (300 + t) * t) * (1 + 0.3 * sin(t)));
}

static struct bytes make_long_wav(void) {
  static struct sound head;
  put_wav_head(&head, 1, 16, 1, LONG * 2);
  struct bytes bytes = {malloc(head.length + LONG * 2), head.length + LONG * 2};
  assert_non_null(bytes.data);
  memcpy(bytes.data, head.bytes, head.length);
  for (size_t i = 0; i < LONG; i++) {
    bytes.data[head.length + 2 * i] = (unsigned char)(voice(i) & 0xff);
    bytes.data[head.length + 2 * i + 1] = (unsigned char)(voice(i) >> 8 & 0xff);
  }
  return bytes;
}

static void check_with(const struct bytes *bytes, int threads,
                       struct audio_report *report) {
  const struct audio_options options = {.threads = threads};
  audio_check_bytes(bytes->data, bytes->length, &options, report);
}

static void assert_same(const struct audio_report *a, const struct audio_report *b) {
  assert_int_equal(a->frames, b->frames);
  assert_near(a->measures.level, b->measures.level, 0.001);
  assert_near(a->measures.rms, b->measures.rms, 0.0001);
  assert_near(a->measures.pause, b->measures.pause, 0.0001);
  assert_int_equal(a->measures.dropouts, b->measures.dropouts);
  assert_int_equal(a->measures.clipped, b->measures.clipped);
  assert_int_equal(a->warning_count, b->warning_count);
}

static void several_threads_hear_what_one_hears(void **state) {
  (void)state;
  struct bytes bytes = make_long_wav();
  static struct audio_report one, several;
  check_with(&bytes, 1, &one);
  assert_good(&one);
  assert_int_equal(one.frames, LONG);
  assert_near(one.measures.pause, 6, 0.02);
  assert_near(one.measures.pause_at, 100, 0.02);
  assert_int_equal(one.measures.dropouts, 1);
  for (int threads = 2; threads <= 5; threads++) {
    check_with(&bytes, threads, &several);
    assert_good(&several);
    assert_same(&one, &several);
  }
  free(bytes.data);
}

static void the_level_of_a_long_recording_is_always_measured(void **state) {
  (void)state;
  struct bytes bytes = make_long_wav();
  static struct audio_report report;
  check_with(&bytes, 2, &report);
  assert_true(report.measures.level > -30 && report.measures.level < -10);
  free(bytes.data);
}

/* Silent frames do, for counting; one in the middle says that it reaches back too far. */
static void damage_is_found_by_whichever_thread(void **state) {
  (void)state;
  enum { PACKETS = SECONDS * RATE / MPEG_SAMPLES };
  struct bytes bytes = {calloc(PACKETS, MPEG_BYTES), PACKETS * MPEG_BYTES};
  static struct audio_report one, several;
  for (size_t i = 0; i < PACKETS; i++)
    memcpy(bytes.data + i * MPEG_BYTES, "\xff\xe3\x18\xc0", 4);
  check_with(&bytes, 1, &one);
  check_with(&bytes, 3, &several);
  assert_good(&one);
  assert_same(&one, &several);
  assert_int_equal(one.frames, PACKETS * MPEG_SAMPLES);
  free(bytes.data);
}

/* 32-bit floats, one of which is none. */
static void a_refusal_names_the_first_damage(void **state) {
  (void)state;
  static struct sound head;
  enum { DATA = LONG * 4 };
  put_wav_head(&head, 3, 32, 1, DATA);
  struct bytes bytes = {calloc(1, head.length + DATA), head.length + DATA};
  memcpy(bytes.data, head.bytes, head.length);
  memset(bytes.data + head.length + 4 * 90 * RATE, 0xff, 4);
  memset(bytes.data + head.length + 4 * 120 * RATE, 0xff, 4);
  static struct audio_report report;
  for (int threads = 1; threads <= 3; threads++) {
    check_with(&bytes, threads, &report);
    assert_refused(&report, "corrupt", "near 90.00 s");
  }
  free(bytes.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(several_threads_hear_what_one_hears),
      cmocka_unit_test(the_level_of_a_long_recording_is_always_measured),
      cmocka_unit_test(damage_is_found_by_whichever_thread),
      cmocka_unit_test(a_refusal_names_the_first_damage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
