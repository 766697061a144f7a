#include "audio/sound.h"

static struct sound sound;
static struct audio_report report;

static void foreign_files_are_named(void **state) {
  (void)state;
  static const struct {
    const char *start, *name;
  } cases[] = {
      {"<!DOCTYPE html><title>404</title>", "an HTML page"},
      {"<html><body>Not found</body></html>", "an HTML page"},
      {"<?xml version=\"1.0\"?><Error/>", "an XML document"},
      {"{\"error\": \"not found\"}", "text"},
      {"Grüße aus Köln, die Datei fehlt leider.", "text"},
      {"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"},
      {"PK\x03\x04\x14\x01\x08\x01", "a ZIP archive"},
      {"\x1f\x8b\x08\x01\x02\x03\x04\x05", "a gzip archive"},
      {"OggS\x01\x02\x03\x04", "an Ogg file"},
      {"fLaC\x01\x01\x01\x22", "a FLAC file"},
      {"\x01\x01\x01\x20"
       "ftypM4A ",
       "an MP4 or M4A file"},
      {"\xff\xf1\x50\x80\x01\x02", "an AAC file"},
      {"#!AMR\n\x3c", "an AMR file"},
      {"RIFX\x01\x01\x01\x01WAVE", "big-endian order"},
      {"RF64\xff\xff\xff\xffWAVE", "64-bit kind"},
      {"RIFF\x01\x01\x01\x01"
       "AVI LIST",
       "an AVI or other RIFF file"},
      {"FORM\x01\x01\x01\x01"
       "ILBMBMHD",
       "an IFF file"},
      {"dns.\x18\x01\x01\x01", "little-endian order"},
      {"\x89PNG\r\n\x1a\n", "a PNG image"},
      {"\x7f"
       "ELF\x02\x01\x01",
       "a program"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    sound.length = 0;
    put_text(&sound, cases[i].start);
    check(&sound, &report);
    assert_refused(&report, "foreign", cases[i].name);
    assert_null(report.mime);
    assert_null(report.container);
  }
}

static void bytes_of_no_kind_are_foreign(void **state) {
  (void)state;
  sound.length = 0;
  for (int i = 0; i < 3000; i++) put_be(&sound, 1, (uint32_t)(i * 7 % 251));
  check(&sound, &report);
  assert_refused(&report, "foreign", "its 3000 bytes are no audio format");
}

static void the_name_decides_nothing(void **state) {
  (void)state;
  const struct audio_options options = {.name = "message.mp3"};
  make_wav(&sound);
  audio_check_bytes(sound.bytes, sound.length, &options, &report);
  assert_good(&report);
  assert_string_equal(report.mime, "audio/wav");
}

static void a_file_of_a_few_bytes_is_refused(void **state) {
  (void)state;
  static const char *const starts[] = {"RIFF",     "FORM", ".snd", "ID3",
                                       "\xff\xfb", "\xff", "R"};
  for (size_t i = 0; i < COUNT(starts); i++) {
    sound.length = 0;
    put_text(&sound, starts[i]);
    check(&sound, &report);
    assert_true(report.refused);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(foreign_files_are_named),
      cmocka_unit_test(bytes_of_no_kind_are_foreign),
      cmocka_unit_test(the_name_decides_nothing),
      cmocka_unit_test(a_file_of_a_few_bytes_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
