#include "audio/level.h"

#include "audio/sound.h"

/* Every test makes five seconds of something a phone plays badly. */
enum { FRAMES = 5 * RATE };

static struct sound sound;
static struct audio_report report;
static float samples[FRAMES];

/* Like a voice in that it is neither flat nor of one tone; about -19 LUFS. */
static void speak(void) {
  for (size_t i = 0; i < FRAMES; i++) {
    double t = (double)i / RATE;
    double wave = sin(2 * M_PI * 210 * t) + 0.6 * sin(2 * M_PI * 830 * t);
    samples[i] = (float)(0.12 * wave * (1 + 0.5 * sin(2 * M_PI * 3 * t)));
  }
}

static void scale(double factor) {
  for (size_t i = 0; i < FRAMES; i++) samples[i] = (float)(samples[i] * factor);
}

static void silence(double start, double end) {
  for (size_t i = (size_t)(start * RATE); i < (size_t)(end * RATE); i++) samples[i] = 0;
}

static int16_t rounded(double sample) {
  return (int16_t)lround(fmax(-1, fmin(1, sample)) * 32767);
}

static void check_samples(const struct audio_options *options) {
  put_wav_head(&sound, 1, 16, 1, FRAMES * 2);
  for (size_t i = 0; i < FRAMES; i++)
    put_le(&sound, 2, (uint16_t)rounded((double)samples[i]));
  audio_check_bytes(sound.bytes, sound.length, options, &report);
  assert_good(&report);
}

static const struct audio_finding *warned(const char *code, const char *part) {
  const struct audio_finding *found = warning(&report, code);
  if (!found) fail_msg("no warning %s", code);
  if (!strstr(found->message, part))
    fail_msg("no \"%s\" in \"%s\"", part, found->message);
  return found;
}

static void assert_between(double least, double value, double most) {
  if (!(value >= least && value <= most))
    fail_msg("%g is not between %g and %g", value, least, most);
}

static void a_good_recording_has_no_warning(void **state) {
  (void)state;
  speak();
  check_samples(NULL);
  assert_int_equal(report.warning_count, 0);
  assert_true(report.heard);
}

static void the_level_is_loudness_of_ebu_r128(void **state) {
  (void)state;
  /* EBU Tech 3341, case 1, at 1000 Hz: a sine of -23 dBFS is -23 LUFS in stereo, and so
   * 3 less in one channel. */
  for (size_t i = 0; i < FRAMES; i++)
    samples[i] = (float)(pow(10, -23.0 / 20) * sin(2 * M_PI * 1000 * (double)i / RATE));
  const struct audio_options all = {.figures = true};
  check_samples(&all);
  assert_between(-26.2, report.measures.level, -25.8);
  assert_between(-26.1, report.measures.rms, -25.9);
  assert_between(-23.1, report.measures.peak, -22.9);
}

static void quiet_and_loud_are_told_with_their_level(void **state) {
  (void)state;
  speak();
  scale(0.1);
  check_samples(NULL);
  assert_string_equal(warned("quiet", "LUFS")->mend, "outdial audio fix IN OUT.wav");
  assert_between(-50, report.measures.level, LEVEL_QUIET);
  for (size_t i = 0; i < FRAMES; i++)
    samples[i] = (float)(0.9 * sin(2 * M_PI * 1000 * (double)i / RATE));
  check_samples(NULL);
  warned("loud", "LUFS");
  assert_between(LEVEL_LOUD, report.measures.level, 0);
}

/* The level is left out only where it cannot matter: what it is then said to be is what
 * measuring it says. */
static void leaving_the_level_out_changes_no_verdict(void **state) {
  (void)state;
  static const double hertz[] = {30, 50, 100, 300, 1000, 2500, 3900};
  const struct audio_options all = {.figures = true};
  int left_out = 0;
  for (size_t tone_number = 0; tone_number < COUNT(hertz); tone_number++)
    for (int level = -46; level <= -2; level += 4) {
      for (size_t i = 0; i < FRAMES; i++) /* on for a tenth of each half second */
        samples[i] = i % (RATE / 2) < RATE / 10
                         ? (float)(pow(10, level / 20.0) *
                                   sin(2 * M_PI * hertz[tone_number] * (double)i / RATE))
                         : 0;
      check_samples(NULL);
      bool quiet = warning(&report, "quiet"), loud = warning(&report, "loud");
      left_out += isnan(report.measures.level);
      check_samples(&all);
      assert_true(report.measures.level < 0);
      assert_int_equal(quiet, warning(&report, "quiet") != NULL);
      assert_int_equal(loud, warning(&report, "loud") != NULL);
    }
  assert_true(left_out > 5);
}

static void clipping_is_counted_and_placed(void **state) {
  (void)state;
  speak();
  check_samples(NULL);
  for (size_t i = 2 * RATE; i < 5 * RATE / 2; i++) samples[i] *= 8;
  check_samples(NULL);
  const struct audio_finding *found = warned("clipped", "first at 2.0");
  assert_between(2, found->start, 2.05);
  assert_between(500, (double)report.measures.clipped, 4000);
}

static void a_peak_at_full_scale_is_not_clipping(void **state) {
  (void)state;
  speak();
  for (size_t i = 100; i < FRAMES; i += 800) samples[i] = i % 1600 < 800 ? 1 : -1;
  check_samples(NULL);
  assert_null(warning(&report, "clipped"));
}

static void silence_at_the_ends_and_between_is_told(void **state) {
  (void)state;
  speak();
  silence(0, 1.5);
  check_samples(NULL);
  assert_between(1.45, warned("silent_start", "1.5 s of silence")->end, 1.55);
  assert_between(1.45, report.measures.lead, 1.55);
  speak();
  silence(1.5, 5);
  check_samples(NULL);
  assert_between(1.45, warned("silent_end", "3.5 s of silence")->start, 1.55);
  speak();
  silence(0.4, 4.6);
  check_samples(NULL);
  assert_between(0.35, warned("pause", "4.2 s of silence")->start, 0.45);
}

static void pauses_of_speech_are_nothing_to_tell(void **state) {
  (void)state;
  speak();
  silence(0, 0.9);
  silence(2, 3.5);
  silence(4.5, 5);
  for (size_t i = (size_t)(1.9 * RATE); i < 2 * RATE; i++) /* fades */
    samples[i] *= (float)(2 * RATE - i) / (RATE / 10.0f);
  check_samples(NULL);
  assert_int_equal(report.warning_count, 0);
}

static void silence_throughout_is_told(void **state) {
  (void)state;
  silence(0, 5);
  check_samples(NULL);
  warned("silent", "nothing to hear");
  assert_int_equal(report.warning_count, 1);
}

static void a_faint_voice_is_quiet_and_not_silence(void **state) {
  (void)state;
  speak();
  scale(0.005);
  check_samples(NULL);
  warned("quiet", "LUFS");
  assert_null(warning(&report, "silent_start"));
}

static void holes_cut_into_sound_are_told(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAMES; i++)
    samples[i] = (float)(0.3 * sin(2 * M_PI * 437 * (double)i / RATE));
  silence(2.0, 2.06);
  silence(3.5, 3.52);
  check_samples(NULL);
  const struct audio_finding *found = warned("dropout", "more than once, first at 2.00");
  assert_int_equal(report.measures.dropouts, 2);
  assert_between(1.99, found->start, 2.01);
  assert_between(2.04, found->end, 2.07);
  assert_string_equal(found->mend, "");
}

static void a_voice_that_pauses_is_no_hole(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAMES; i++)
    samples[i] = (float)(0.3 * sin(2 * M_PI * 400 * (double)i / RATE));
  silence(2.0, 2.06);
  for (size_t i = 0; i < RATE / 50; i++) { /* and fades out, and in */
    float part = (float)i / (RATE / 50.0f);
    samples[2 * RATE - 1 - i] *= part;
    samples[(size_t)(2.06 * RATE) + i] *= part;
  }
  check_samples(NULL);
  assert_null(warning(&report, "dropout"));
}

static void a_middle_line_that_is_off_is_told(void **state) {
  (void)state;
  speak();
  for (size_t i = 0; i < FRAMES; i++) samples[i] -= 0.05f;
  check_samples(NULL);
  warned("offset", "-5.0 %");
  assert_near(report.measures.offset, -0.05, 0.002);
}

/* The same samples, told to be twice as fast, twice as many, or wider. */
static void check_as(uint32_t rate, uint32_t channels) {
  sound.length = 0;
  put_wav_head(&sound, 1, 16, (int)channels, FRAMES * 2);
  set_le(&sound, 24, 4, rate);
  set_le(&sound, 28, 4, rate * 2 * channels);
  for (size_t i = 0; i < FRAMES; i++)
    put_le(&sound, 2, (uint16_t)rounded((double)samples[i]));
  check(&sound, &report);
  assert_good(&report);
}

static void what_a_phone_cuts_off_is_told(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAMES; i++)
    samples[i] = (float)(0.15 * sin((double)i * 0.3) + 0.1 * sin((double)i * 2.2));
  check_as(16000, 1);
  warned("wide", "lies above 3400 Hz");
  assert_between(0.25, report.measures.wide, 0.37);
  speak();
  check_as(16000, 1);
  assert_null(warning(&report, "wide"));
}

static void another_form_than_a_call_s_is_told(void **state) {
  (void)state;
  speak();
  check_as(16000, 1);
  warned("rate", "16000 Hz and a phone call's 8000");
  check_as(8000, 2);
  warned("channels", "2 channels");
  put_wav_head(&sound, 1, 24, 1, RATE * 3);
  sound.length += RATE * 3;
  check(&sound, &report);
  warned("bits", "24 bits");
}

static void channels_that_cancel_each_other_are_told(void **state) {
  (void)state;
  speak();
  for (size_t i = 0; i + 1 < FRAMES; i += 2) samples[i + 1] = -samples[i];
  check_as(8000, 2);
  assert_string_equal(warned("cancelled", "cancel each other")->mend,
                      "sox IN OUT.wav remix 1");
  assert_null(warning(&report, "silent"));
}

static void very_short_and_very_long_are_told(void **state) {
  (void)state;
  put_wav_head(&sound, 1, 16, 1, RATE / 5 * 2);
  for (size_t i = 0; i < RATE / 5; i++) put_le(&sound, 2, (uint16_t)tone(i));
  check(&sound, &report);
  warned("short", "0.20 s");
  sound.length = 0;
  for (int i = 0; i < 1000; i++) put_mpeg_frame(&sound); /* 72 s */
  check(&sound, &report);
  assert_null(warning(&report, "long"));
}

static void a_name_that_says_something_else_is_told(void **state) {
  (void)state;
  static const struct {
    const char *name, *mend;
  } cases[] = {{"a.mp3", "mv IN STEM.wav"},
               {"b.WAV", NULL},
               {"c", NULL},
               {"d.dat", NULL},
               {"e.wav.gsm", "mv IN STEM.wav"},
               {"f.ogg", "mv IN STEM.wav"},
               {"g.aif/h", NULL}};
  make_wav(&sound);
  for (size_t i = 0; i < COUNT(cases); i++) {
    const struct audio_options options = {.name = cases[i].name};
    audio_check_bytes(sound.bytes, sound.length, &options, &report);
    const struct audio_finding *found = warning(&report, "misnamed");
    assert_int_equal(found != NULL, cases[i].mend != NULL);
    if (found) assert_string_equal(found->mend, cases[i].mend);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_recording_has_no_warning),
      cmocka_unit_test(the_level_is_loudness_of_ebu_r128),
      cmocka_unit_test(quiet_and_loud_are_told_with_their_level),
      cmocka_unit_test(leaving_the_level_out_changes_no_verdict),
      cmocka_unit_test(clipping_is_counted_and_placed),
      cmocka_unit_test(a_peak_at_full_scale_is_not_clipping),
      cmocka_unit_test(silence_at_the_ends_and_between_is_told),
      cmocka_unit_test(pauses_of_speech_are_nothing_to_tell),
      cmocka_unit_test(silence_throughout_is_told),
      cmocka_unit_test(a_faint_voice_is_quiet_and_not_silence),
      cmocka_unit_test(holes_cut_into_sound_are_told),
      cmocka_unit_test(a_voice_that_pauses_is_no_hole),
      cmocka_unit_test(a_middle_line_that_is_off_is_told),
      cmocka_unit_test(what_a_phone_cuts_off_is_told),
      cmocka_unit_test(another_form_than_a_call_s_is_told),
      cmocka_unit_test(channels_that_cancel_each_other_are_told),
      cmocka_unit_test(very_short_and_very_long_are_told),
      cmocka_unit_test(a_name_that_says_something_else_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
