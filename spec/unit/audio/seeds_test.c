/* The fuzzer's seeds: short recordings by real encoders, and what once broke something.
 */
#include "audio/sound.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static struct sound sound;
static struct audio_report report;

static const char *folder(void) {
  static char path[1024];
  snprintf(path, sizeof path, "%s", __FILE__);
  char *unit = strstr(path, "unit/audio/");
  assert_non_null(unit);
  snprintf(unit, sizeof path - (size_t)(unit - path), "fuzz/audio");
  return path;
}

static void read_seed(const char *name) {
  char path[1400];
  snprintf(path, sizeof path, "%s/%s", folder(), name);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  sound.length = fread(sound.bytes, 1, sizeof sound.bytes, file);
  fclose(file);
}

static void check_seed(const char *name, bool figures) {
  const struct audio_options options = {.name = name, .figures = figures};
  read_seed(name);
  audio_check_bytes(sound.bytes, sound.length, &options, &report);
}

static void every_encoder_s_file_is_good(void **state) {
  (void)state;
  static const struct {
    const char *name, *mime, *codec;
    int rate, channels;
  } seeds[] = {
      {"pcm8.wav", "audio/wav", "PCM", 8000, 1},
      {"pcm16.wav", "audio/wav", "PCM", 8000, 1},
      {"pcm24.wav", "audio/wav", "PCM", 8000, 1},
      {"ulaw.wav", "audio/wav", "u-law", 8000, 1},
      {"alaw.wav", "audio/wav", "A-law", 8000, 1},
      {"gsm.wav", "audio/wav", "GSM 6.10", 8000, 1},
      {"float.wav", "audio/wav", "float", 8000, 1},
      {"extensible.wav", "audio/wav", "PCM", 8000, 2},
      {"streamed.wav", "audio/wav", "PCM", 8000, 1},
      {"pcm16.aiff", "audio/aiff", "PCM", 8000, 1},
      {"ulaw.aifc", "audio/x-aifc", "u-law", 8000, 1},
      {"sowt.aifc", "audio/x-aifc", "PCM", 8000, 1},
      {"pcm16.au", "audio/basic", "PCM", 8000, 1},
      {"ulaw.au", "audio/ulaw", "u-law", 8000, 1},
      {"raw.gsm", "audio/gsm", "GSM 6.10", 8000, 1},
      {"raw.ulaw", "audio/ulaw", "u-law", 8000, 1},
      {"info.mp3", "audio/mpeg", "MPEG layer III", 8000, 1},
      {"bare.mp3", "audio/mpeg", "MPEG layer III", 8000, 1},
      {"crc.mp3", "audio/mpeg", "MPEG layer III", 32000, 1},
      {"joint.mp3", "audio/mpeg", "MPEG layer III", 44100, 2},
      {"ff.mp3", "audio/mpeg", "MPEG layer III", 8000, 1},
  };
  for (size_t i = 0; i < COUNT(seeds); i++) {
    check_seed(seeds[i].name, true);
    assert_good(&report);
    assert_string_equal(report.mime, seeds[i].mime);
    assert_string_equal(report.codec, seeds[i].codec);
    assert_int_equal(report.rate, seeds[i].rate);
    assert_int_equal(report.channels, seeds[i].channels);
    assert_true(report.measures.rms > -40 && report.measures.rms < -10);
  }
}

static void the_same_voice_sounds_the_same_in_every_codec(void **state) {
  (void)state;
  static const char *const names[] = {"pcm8.wav",   "pcm24.wav", "ulaw.wav", "alaw.wav",
                                      "float.wav",  "gsm.wav",   "raw.gsm",  "raw.ulaw",
                                      "pcm16.aiff", "sowt.aifc", "pcm16.au", "ulaw.au",
                                      "info.mp3",   "ff.mp3",    "crc.mp3"};
  check_seed("pcm16.wav", false);
  double rms = report.measures.rms, duration = report.duration;
  for (size_t i = 0; i < COUNT(names); i++) {
    check_seed(names[i], false);
    assert_near(report.measures.rms, rms, 1.5);
    assert_near(report.duration, duration, 0.041); /* GSM rounds up to its blocks */
  }
}

/* These formats count or measure what they hold, so that no cut goes unnoticed. */
static void a_cut_file_is_refused_wherever_it_is_cut(void **state) {
  (void)state;
  static const char *const names[] = {"pcm16.wav", "gsm.wav",  "pcm16.aiff", "ulaw.aifc",
                                      "pcm16.au",  "info.mp3", "ff.mp3"};
  for (size_t i = 0; i < COUNT(names); i++) {
    read_seed(names[i]);
    for (size_t length = sound.length - 1; length > 0; length -= 1 + length / 90) {
      audio_check_bytes(sound.bytes, length, NULL, &report);
      if (!report.refused) fail_msg("%s is taken at %zu bytes", names[i], length);
    }
  }
}

/* Without checksum: what the decoder cannot make sense of shows as a wave torn off. */
static void a_frame_that_makes_no_sense_is_found(void **state) {
  (void)state;
  read_seed("bare.mp3");
  for (size_t i = 0; i < 60; i++) sound.bytes[432 + 40 + i] = (unsigned char)(i * 37);
  check(&sound, &report);
  assert_refused(&report, "corrupt", "copy or make the file again");
}

static void nothing_breaks_anything(void **state) {
  (void)state;
  DIR *entries = opendir(folder());
  struct dirent *entry;
  size_t count = 0;
  assert_non_null(entries);
  for (; (entry = readdir(entries)); count++) {
    if (entry->d_name[0] == '.') continue;
    check_seed(entry->d_name, true);
    assert_true(report.refused || report.heard);
    audio_check_bytes(sound.bytes, sound.length / 2, NULL, &report);
  }
  closedir(entries);
  assert_true(count > 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_encoder_s_file_is_good),
      cmocka_unit_test(the_same_voice_sounds_the_same_in_every_codec),
      cmocka_unit_test(a_cut_file_is_refused_wherever_it_is_cut),
      cmocka_unit_test(a_frame_that_makes_no_sense_is_found),
      cmocka_unit_test(nothing_breaks_anything),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
