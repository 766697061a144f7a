#include "audio/level.h"

#include <ebur128.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum {
  BLOCK_SLICES = 40, /* EBU R128 looks at 400 ms at a time … */
  STEPS = 4,         /* … and anew every 100 ms, … */
  SILENT = -70,      /* … but at nothing below so many LUFS */
  BINS = 800,
};

/* What the weighting does to the mean squares of level_note in dB, at most. These lack
 * what is slow already, being about the mean of 10 ms; the rest it lessens by 3.1 at 30
 * Hz. */
static const double gain_most = 3.4, loss_most = 3.2;

/* Blocks counted by their level, tenth by tenth, as EBU R128 allows. */
struct bin {
  uint64_t count;
  double power;
};

struct level {
  int rate;
  ebur128_state *meter;        /* weights; NULL where nothing is measured */
  size_t step, filled;         /* samples of 100 ms, and of them so far */
  size_t steps;                /* how many there were */
  double recent[STEPS];        /* weighted power of the last ones */
  struct bin bins[BINS];       /* from SILENT up */
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
  level->step = (size_t)rate / 10;
  if (!measured) return level;
  level->meter = ebur128_init(1, (unsigned long)rate, EBUR128_MODE_M);
  if (level->meter) return level;
  free(level);
  return NULL;
}

static double power_of(double loudness) {
  return pow(10, (loudness + 0.691) / 10);
}

static double loudness_of(double power) {
  return 10 * log10(power) - 0.691;
}

/* A block is 400 ms, and a new one begins every 100 ms. */
static bool end_step(struct level *level) {
  double loudness, block = 0;
  if (ebur128_loudness_window(level->meter, 100, &loudness) != EBUR128_SUCCESS)
    return false;
  level->recent[level->steps++ % STEPS] = power_of(loudness);
  if (level->steps < STEPS) return true;
  for (int i = 0; i < STEPS; i++) block += level->recent[i] / STEPS;
  double place = (loudness_of(block) - SILENT) * 10;
  if (!(place >= 0)) return true;
  struct bin *bin = &level->bins[place < BINS ? (size_t)place : BINS - 1];
  bin->count++;
  bin->power += block;
  return true;
}

bool level_add(struct level *level, const float *mono, size_t count) {
  while (level->meter && count > 0) {
    size_t some = level->step - level->filled;
    if (some > count) some = count;
    if (ebur128_add_frames_float(level->meter, mono, some) != EBUR128_SUCCESS)
      return false;
    mono += some;
    count -= some;
    level->filled = (level->filled + some) % level->step;
    if (level->filled == 0 && !end_step(level)) return false;
  }
  return true;
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

/* The mean power of the blocks from a bin on; 0 for none. */
static double mean_from(const struct level *level, size_t first) {
  struct bin all = {0};
  for (size_t i = first; i < BINS; i++) {
    all.count += level->bins[i].count;
    all.power += level->bins[i].power;
  }
  return all.count > 0 ? all.power / (double)all.count : 0;
}

/* Of the blocks that are at most 10 dB below the mean of all that are not silent. */
double level_finish(struct level *level) {
  if (!level->meter || level->steps < STEPS) return NAN;
  double mean = mean_from(level, 0);
  if (mean <= 0) return -HUGE_VAL;
  double gate = (loudness_of(mean) - 10 - SILENT) * 10;
  return loudness_of(mean_from(level, gate > 0 ? (size_t)lround(gate) : 0));
}

void level_free(struct level *level) {
  if (!level) return;
  if (level->meter) ebur128_destroy(&level->meter);
  free(level);
}
