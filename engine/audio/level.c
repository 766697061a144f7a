#include "audio/level.h"

#include <ebur128.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCK_SLICES = 40 }; /* EBU R128 looks at 400 ms at a time */

/* What the weighting does to a level in dB, at most, within what a phone carries. */
static const double gain_most = 3.4, loss_most = 7;

struct level {
  int rate;
  ebur128_state *meter;        /* NULL where nothing is measured */
  double slices[BLOCK_SLICES]; /* squares, round and round */
  size_t slice;
  double block, block_most; /* the last 40 together, and the most they were */
  double square;            /* of everything */
  double seconds;
};

struct level *level_new(int rate, bool measured) {
  struct level *level = calloc(1, sizeof *level);
  if (!level) return NULL;
  level->rate = rate;
  if (!measured) return level;
  int mode = EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM;
  level->meter = ebur128_init(1, (unsigned long)rate, mode);
  if (level->meter) return level;
  free(level);
  return NULL;
}

bool level_add(struct level *level, const float *mono, size_t count) {
  return !level->meter || count == 0 ||
         ebur128_add_frames_float(level->meter, mono, count) == EBUR128_SUCCESS;
}

void level_note(struct level *level, double power, double seconds) {
  double square = power * seconds;
  double *oldest = &level->slices[level->slice++ % BLOCK_SLICES];
  level->block += square - *oldest;
  *oldest = square;
  if (level->block > level->block_most) level->block_most = level->block;
  level->square += square;
  level->seconds += seconds;
}

bool level_in_doubt(const struct level *level) {
  if (level->meter || level->seconds < 0.4) return false;
  double least = 10 * log10(level->square / level->seconds) - loss_most;
  double most = 10 * log10(level->block_most / 0.4) + gain_most;
  return !(least > LEVEL_QUIET && most < LEVEL_LOUD);
}

double level_finish(struct level *level) {
  double loudness = NAN;
  if (!level->meter || level->seconds < 0.4) return NAN;
  if (ebur128_loudness_global(level->meter, &loudness) != EBUR128_SUCCESS) return NAN;
  return loudness;
}

void level_free(struct level *level) {
  if (!level) return;
  if (level->meter) ebur128_destroy(&level->meter);
  free(level);
}
