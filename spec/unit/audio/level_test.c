#include "audio/level.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <ebur128.h>

enum { RATE = 8000, FRAMES = RATE * 20 };

static float samples[FRAMES];

/* What the library itself makes of the samples, gates and all. */
static double integrated(void) {
  double loudness = 0;
  ebur128_state *state = ebur128_init(1, RATE, EBUR128_MODE_I);
  assert_non_null(state);
  ebur128_add_frames_float(state, samples, FRAMES);
  assert_int_equal(ebur128_loudness_global(state, &loudness), EBUR128_SUCCESS);
  ebur128_destroy(&state);
  return loudness;
}

/* In pieces that fit nothing. */
static double measured(void) {
  struct level *level = level_new(RATE, true);
  assert_non_null(level);
  for (size_t at = 0; at < FRAMES; at += 997) {
    size_t count = FRAMES - at < 997 ? FRAMES - at : 997;
    assert_true(level_add(level, samples + at, count));
  }
  double loudness = level_finish(level);
  level_free(level);
  return loudness;
}

static void the_gates_are_those_of_the_library(void **state) {
  (void)state;
  for (int kind = 0; kind < 6; kind++) {
    for (size_t i = 0; i < FRAMES; i++) {
      double t = (double)i / RATE, size = 0.3;
      if (kind == 1) size = 0.3 * (t < 5);      /* silence is left out … */
      if (kind == 2) size = t < 5 ? 0.3 : 0.05; /* … and what is far below the rest … */
      if (kind == 3) size = t < 5 ? 0.3 : 0.12; /* … but not what is a little below */
      if (kind == 4) size = 0.3 * fabs(sin(t * 0.7));
      if (kind == 5) size = 0.001 * (1 + sin(t));
      samples[i] = (float)(size * sin(t * 2 * M_PI * (200 + 50 * kind)));
    }
    double ours = measured(), theirs = integrated();
    if (!(fabs(ours - theirs) <= 0.06)) fail_msg("%d: %g is not %g", kind, ours, theirs);
  }
}

static void silence_has_no_level(void **state) {
  (void)state;
  memset(samples, 0, sizeof samples);
  assert_true(measured() == -HUGE_VAL);
}

static void what_is_over_too_soon_has_none_either(void **state) {
  (void)state;
  struct level *level = level_new(RATE, true);
  assert_true(level_add(level, samples, RATE * 4 / 10 - 1));
  assert_true(isnan(level_finish(level)) != 0);
  level_free(level);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_gates_are_those_of_the_library),
      cmocka_unit_test(silence_has_no_level),
      cmocka_unit_test(what_is_over_too_soon_has_none_either),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
