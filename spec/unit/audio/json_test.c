#include "base/buffer.h"

#include "audio/sound.h"

static struct sound sound;
static struct audio_report report;

static struct buffer written;

static void write_json(const char *path) {
  buffer_clear(&written);
  assert_true(audio_json(&report, path, &written));
}

static void assert_written(const char *part) {
  if (!strstr(buffer_string(&written), part))
    fail_msg("no %s in %s", part, buffer_string(&written));
}

static int forget(void **state) {
  (void)state;
  buffer_free(&written);
  return 0;
}

static void a_good_file_has_all_its_figures(void **state) {
  (void)state;
  const struct audio_options all = {.figures = true};
  make_wav(&sound);
  audio_check_bytes(sound.bytes, sound.length, &all, &report);
  write_json("a \"b\".wav");
  assert_written(
      "{\"path\":\"a \\\"b\\\".wav\",\"verdict\":\"good\",\"reason\":null,"
      "\"message\":null,\"mend\":null,\"mime\":\"audio/wav\","
      "\"mimes\":[\"audio/wav\",\"audio/wave\",\"audio/x-wav\"],"
      "\"container\":\"WAV\",\"codec\":\"PCM\",\"bits\":16,\"rate\":8000,"
      "\"channels\":1,\"frames\":4000,\"bytes\":8044,\"duration\":0.500,"
      "\"measures\":{\"clipped\":0,\"dropouts\":0,\"level\":-1");
  assert_written("\"warnings\":[]}");
}

static void a_refusal_has_its_reason(void **state) {
  (void)state;
  make_wav(&sound);
  put_text(&sound, "junk");
  check(&sound, &report);
  write_json(NULL);
  assert_written(
      "{\"path\":null,\"verdict\":\"refused\",\"reason\":\"junk\",\"message\":"
      "\"4 bytes follow");
  assert_written("\"mend\":\"ffmpeg -i IN OUT.wav\"");
  assert_written("\"measures\":null");
}

static void warnings_have_their_place(void **state) {
  (void)state;
  put_wav_head(&sound, 1, 16, 1, RATE * 4);
  for (size_t i = 0; i < RATE * 2; i++)
    put_le(&sound, 2, (uint16_t)(i < RATE * 3 / 2 ? 0 : tone(i)));
  const struct audio_options options = {.name = "a.mp3"};
  audio_check_bytes(sound.bytes, sound.length, &options, &report);
  write_json("a.mp3");
  assert_written("\"verdict\":\"warning\"");
  assert_written("{\"code\":\"misnamed\",\"message\":\"its name");
  assert_written("\"mend\":\"mv a.mp3 a.wav\",\"start\":null,\"end\":null}");
  assert_written("\"start\":0.000,\"end\":1.500}");
}

static void silence_has_no_level(void **state) {
  (void)state;
  put_wav_head(&sound, 1, 16, 1, SAMPLES * 2);
  sound.length += SAMPLES * 2;
  memset(sound.bytes + WAV_HEAD, 0, SAMPLES * 2);
  const struct audio_options all = {.figures = true};
  audio_check_bytes(sound.bytes, sound.length, &all, &report);
  write_json("a.wav");
  assert_written("\"level\":null,\"rms\":null,\"peak\":null");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_file_has_all_its_figures),
      cmocka_unit_test(a_refusal_has_its_reason),
      cmocka_unit_test(warnings_have_their_place),
      cmocka_unit_test(silence_has_no_level),
  };
  return cmocka_run_group_tests(tests, NULL, forget);
}
