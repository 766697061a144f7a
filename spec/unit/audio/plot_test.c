#include "audio/sound.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct sound sound;
static char folder[] = "/tmp/outdial-plot-XXXXXX";
static char in[80], out[80], drawing[64 * 1024];

static int make_folder(void **state) {
  (void)state;
  if (!mkdtemp(folder)) return -1;
  snprintf(in, sizeof in, "%s/a<b&\"c\".wav", folder);
  snprintf(out, sizeof out, "%s/out.svg", folder);
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  return rmdir(folder);
}

static void write_in(void) {
  FILE *file = fopen(in, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(sound.bytes, 1, sound.length, file), sound.length);
  assert_int_equal(fclose(file), 0);
}

static void plot(void) {
  struct error error;
  write_in();
  bool good = audio_plot(in, out, NULL, &error);
  unlink(in);
  if (!good) fail_msg("%s: %s", error.code, error.message);
  FILE *file = fopen(out, "rb");
  assert_non_null(file);
  drawing[fread(drawing, 1, sizeof drawing - 1, file)] = 0;
  fclose(file);
  unlink(out);
}

static void assert_drawn(const char *part) {
  if (!strstr(drawing, part)) fail_msg("no %s in the drawing", part);
}

static void the_waveform_is_drawn_with_its_name_and_format(void **state) {
  (void)state;
  make_wav(&sound);
  plot();
  assert_drawn("<svg xmlns=");
  assert_drawn("</svg>");
  assert_drawn("a&lt;b&amp;&quot;c&quot;.wav");
  assert_drawn("WAV, PCM, 8000 Hz, 1 channel, 0.50 s");
  assert_drawn("nothing to complain about");
  assert_drawn("class=\"wave\"");
  assert_null(strstr(drawing, "class=\"band"));
}

static void what_was_found_is_marked_on_it(void **state) {
  (void)state;
  enum { FRAMES = 2 * RATE };
  put_wav_head(&sound, 1, 16, 1, FRAMES * 2);
  for (size_t i = 0; i < FRAMES; i++) {
    int value = i < FRAMES * 3 / 4 ? 0 : tone(i) * 9;
    put_le(&sound, 2,
           (uint16_t)(value > 32767    ? 32767
                      : value < -32768 ? -32768
                                       : value));
  }
  plot();
  assert_drawn("class=\"band silent_start\" x=\"50.0\" y=\"70\" width=\"750.0\"");
  assert_drawn("class=\"band clipped\" x=\"800.0\"");
  assert_drawn("clipped: ");
}

static void what_cannot_be_drawn_is_told(void **state) {
  (void)state;
  struct error error;
  make_wav(&sound);
  sound.length -= 100;
  write_in();
  assert_false(audio_plot(in, out, NULL, &error));
  assert_string_equal(error.code, "truncated");
  make_wav(&sound);
  write_in();
  assert_false(audio_plot(in, "/nowhere/at/all.svg", NULL, &error));
  assert_string_equal(error.code, "unwritable");
  assert_false(audio_plot(in, in, NULL, &error));
  assert_string_equal(error.code, "same_file");
  unlink(in);
  assert_int_not_equal(access(out, F_OK), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_waveform_is_drawn_with_its_name_and_format),
      cmocka_unit_test(what_was_found_is_marked_on_it),
      cmocka_unit_test(what_cannot_be_drawn_is_told),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
