#include "audio/level.h"

#include "audio/sound.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct sound sound;
static struct audio_report report;
static char folder[] = "/tmp/outdial-fix-XXXXXX";
static char in[64], out[64];

static void name_files(const char *out_name) {
  snprintf(in, sizeof in, "%s/in", folder);
  snprintf(out, sizeof out, "%s/%s", folder, out_name);
}

static void write_in(void) {
  FILE *file = fopen(in, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(sound.bytes, 1, sound.length, file), sound.length);
  assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  return rmdir(folder); /* so nothing was left in it */
}

/* 16000 Hz, two channels, quiet, off its middle, silent for 0.9 s at the start. */
static void make_bad(void) {
  enum { BAD_FRAMES = 24000, SILENT = 14400 };
  put_wav_head(&sound, 1, 16, 2, BAD_FRAMES * 4);
  set_le(&sound, 24, 4, 16000);
  set_le(&sound, 28, 4, 64000);
  for (size_t i = 0; i < BAD_FRAMES; i++) {
    double wave =
        i < SILENT ? 0 : 300 * sin((double)i * 0.2) + 150 * sin((double)i * 0.31);
    put_le(&sound, 2, (uint16_t)(int16_t)lround(wave + 900));
    put_le(&sound, 2, (uint16_t)(int16_t)lround(wave + 900));
  }
}

static void fix(void) {
  struct error error;
  if (!audio_fix(in, out, NULL, &error)) fail_msg("%s: %s", error.code, error.message);
  const struct audio_options all = {.figures = true};
  audio_check(out, &all, &report);
  unlink(in);
  unlink(out);
  assert_good(&report);
}

static void everything_is_mended(void **state) {
  (void)state;
  make_bad();
  name_files("out.wav");
  write_in();
  audio_check(in, NULL, &report);
  assert_non_null(warning(&report, "rate"));
  assert_non_null(warning(&report, "channels"));
  assert_non_null(warning(&report, "quiet"));
  assert_non_null(warning(&report, "offset"));
  fix();
  assert_int_equal(report.warning_count, 0);
  assert_string_equal(report.container, "WAV");
  assert_string_equal(report.codec, "PCM");
  assert_int_equal(report.bits, 16);
  assert_int_equal(report.rate, 8000);
  assert_int_equal(report.channels, 1);
  assert_near(report.measures.level, LEVEL_TARGET, 1);
  assert_near(report.measures.offset, 0, 0.002);
  assert_near(report.duration, 0.6 + 0.2, 0.03); /* some silence stays */
}

static void the_name_asks_for_ulaw(void **state) {
  (void)state;
  make_bad();
  name_files("out.ulaw");
  write_in();
  fix();
  assert_string_equal(report.container, "raw u-law");
  assert_int_equal(report.warning_count, 0);
  assert_near(report.duration, 0.8, 0.03);
}

static double share_at(double hertz) {
  double real = 0, imaginary = 0, all = 0;
  size_t count = (sound.length - WAV_HEAD) / 2;
  for (size_t i = 800; i + 800 < count; i++) {
    const unsigned char *at = sound.bytes + WAV_HEAD + 2 * i;
    double sample = (int16_t)(at[0] | at[1] << 8);
    real += sample * cos(2 * M_PI * hertz * (double)i / RATE);
    imaginary += sample * sin(2 * M_PI * hertz * (double)i / RATE);
    all += sample * sample;
  }
  double frames = (double)(count - 1600);
  return (real * real + imaginary * imaginary) * 2 / frames / all;
}

/* From 11025 Hz, the rate that divides worst. */
static void tones_come_through_in_tune_and_alone(void **state) {
  (void)state;
  enum { TUNE_FRAMES = 11025 };
  struct error error;
  put_wav_head(&sound, 1, 16, 1, TUNE_FRAMES * 2);
  set_le(&sound, 24, 4, TUNE_FRAMES);
  set_le(&sound, 28, 4, TUNE_FRAMES * 2);
  for (size_t i = 0; i < TUNE_FRAMES; i++) {
    double t = (double)i / TUNE_FRAMES;
    double wave = sin(2 * M_PI * 1000 * t) + sin(2 * M_PI * 5000 * t);
    put_le(&sound, 2, (uint16_t)(int16_t)lround(8000 * wave));
  }
  name_files("out.wav");
  write_in();
  assert_true(audio_fix(in, out, NULL, &error));
  FILE *file = fopen(out, "rb");
  assert_non_null(file);
  sound.length = fread(sound.bytes, 1, sizeof sound.bytes, file);
  fclose(file);
  unlink(in);
  unlink(out);
  assert_int_equal(sound.length, WAV_HEAD + RATE * 2);
  assert_true(share_at(1000) > 0.999); /* 5000 Hz would fold down to 3000 */
}

static void assert_error(const char *code, const char *part) {
  struct error error = {.code = ""};
  assert_false(audio_fix(in, out, NULL, &error));
  assert_string_equal(error.code, code);
  if (!strstr(error.message, part)) fail_msg("no \"%s\" in \"%s\"", part, error.message);
  assert_int_not_equal(access(out, F_OK), strcmp(in, out) == 0 ? -1 : 0);
}

static void what_cannot_be_mended_is_told(void **state) {
  (void)state;
  name_files("out.wav");
  make_wav(&sound);
  sound.length -= 100;
  write_in();
  assert_error("truncated", "100 are missing");
  put_wav_head(&sound, 1, 16, 1, SAMPLES * 2);
  sound.length += SAMPLES * 2;
  memset(sound.bytes + WAV_HEAD, 0, SAMPLES * 2);
  write_in();
  assert_error("silent", "nothing to hear");
  unlink(in);
  assert_error("not_found", "no such file");
}

static void a_place_that_cannot_be_written_is_told(void **state) {
  (void)state;
  make_wav(&sound);
  name_files("out.mp3");
  write_in();
  assert_error("name", ".wav (16-bit PCM) or .ulaw");
  name_files("none/out.wav");
  assert_error("unwritable", "check its folder");
  snprintf(out, sizeof out, "%s", in);
  assert_error("same_file", "name another file");
  unlink(in);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everything_is_mended),
      cmocka_unit_test(the_name_asks_for_ulaw),
      cmocka_unit_test(tones_come_through_in_tune_and_alone),
      cmocka_unit_test(what_cannot_be_mended_is_told),
      cmocka_unit_test(a_place_that_cannot_be_written_is_told),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
