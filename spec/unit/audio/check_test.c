#include "audio/sound.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct sound sound;
static struct audio_report report;
static char folder[] = "/tmp/outdial-audio-XXXXXX";
static char path[64];

static void write_file(const char *name) {
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "wb");
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
  return rmdir(folder);
}

static void file_and_bytes_give_the_same_report(void **state) {
  (void)state;
  static void (*const makers[])(struct sound *) = {make_wav, make_aiff, make_au, make_gsm,
                                                   make_mpeg};
  for (size_t i = 0; i < COUNT(makers); i++) {
    struct audio_report of_file;
    makers[i](&sound);
    write_file("sound");
    audio_check(path, NULL, &of_file);
    unlink(path);
    check(&sound, &report);
    assert_good(&of_file);
    assert_string_equal(of_file.mime, report.mime);
    assert_int_equal(of_file.frames, report.frames);
    assert_int_equal(of_file.bytes, sound.length);
  }
}

static void an_empty_file_is_refused(void **state) {
  (void)state;
  sound.length = 0;
  write_file("empty.wav");
  audio_check(path, NULL, &report);
  unlink(path);
  assert_refused(&report, "empty", "the file is empty");
}

static void what_is_no_file_is_refused(void **state) {
  (void)state;
  audio_check("/nowhere/at/all.wav", NULL, &report);
  assert_refused(&report, "not_found", "no such file");
  audio_check(folder, NULL, &report);
  assert_refused(&report, "not_a_file", "it is a folder");
  snprintf(path, sizeof path, "%s/pipe", folder);
  assert_int_equal(mkfifo(path, 0600), 0);
  audio_check(path, NULL, &report);
  unlink(path);
  assert_refused(&report, "not_a_file", "a pipe or a device");
}

static void sizes_beyond_the_caps_are_refused(void **state) {
  (void)state;
  make_wav(&sound);
  const struct audio_options small = {.max_bytes = sound.length - 1};
  audio_check_bytes(sound.bytes, sound.length, &small, &report);
  assert_refused(&report, "too_large", "8044 bytes and at most 8043");
  const struct audio_options brief = {.max_seconds = 0.4};
  audio_check_bytes(sound.bytes, sound.length, &brief, &report);
  assert_refused(&report, "too_long", "more than 0.4 s");
  make_mpeg(&sound);
  audio_check_bytes(sound.bytes, sound.length, &brief, &report);
  assert_refused(&report, "too_long", "shorten it");
}

static void what_a_service_does_not_take_is_refused(void **state) {
  (void)state;
  static const char *const types[] = {"audio/mpeg", "audio/x-wav", NULL};
  static const char *const others[] = {"audio/mpeg", "audio/gsm", NULL};
  const struct audio_options taken = {.accepts = types, .taker = "routee"};
  const struct audio_options refused = {.accepts = others, .taker = "routee"};
  make_wav(&sound);
  audio_check_bytes(sound.bytes, sound.length, &taken, &report);
  assert_good(&report);
  audio_check_bytes(sound.bytes, sound.length, &refused, &report);
  assert_refused(&report, "not_taken",
                 "it is audio/wav, and routee takes only audio/mpeg, audio/gsm");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(file_and_bytes_give_the_same_report),
      cmocka_unit_test(an_empty_file_is_refused),
      cmocka_unit_test(what_is_no_file_is_refused),
      cmocka_unit_test(sizes_beyond_the_caps_are_refused),
      cmocka_unit_test(what_a_service_does_not_take_is_refused),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
