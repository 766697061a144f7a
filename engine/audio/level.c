#include "audio/level.h"

#include <ebur128.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  KEPT_MOST = 256 * 1024, /* samples */
  KEPT_FIRST = 32 * 1024,
  BLOCK_SLICES = 40, /* EBU R128 looks at 400 ms at a time */
};

/* What the weighting does to a level in dB, at most, within what a phone carries. */
static const double gain_most = 3.4, loss_most = 7;

/* Weighting takes six times as long as all other checks together. So the samples of a
 * short recording are kept, and weighted afterwards only if a verdict can hang on it;
 * those of a long one are weighted as they go by, in constant memory. */
struct level {
  ebur128_state *meter; /* NULL while samples are only kept */
  int rate;
  bool always, failed;
  float *kept;
  size_t count, capacity;
  double slices[BLOCK_SLICES]; /* squares, round and round */
  size_t slice;
  double block, block_most; /* the last 40 together, and the most they were */
  double square;            /* of everything */
  double frames;
};

struct level *level_new(int rate, bool always) {
  struct level *level = calloc(1, sizeof *level);
  if (!level) return NULL;
  level->rate = rate;
  level->always = always;
  return level;
}

static bool weigh(struct level *level, const float *mono, size_t count) {
  int mode = EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM;
  if (!level->meter) level->meter = ebur128_init(1, (unsigned long)level->rate, mode);
  return level->meter &&
         ebur128_add_frames_float(level->meter, mono, count) == EBUR128_SUCCESS;
}

static bool weigh_kept(struct level *level) {
  size_t count = level->count;
  level->count = 0;
  return count == 0 || weigh(level, level->kept, count);
}

static bool make_room(struct level *level, size_t count) {
  if (level->count + count <= level->capacity) return true;
  size_t capacity = level->capacity ? level->capacity : KEPT_FIRST;
  while (capacity < level->count + count) capacity *= 2;
  float *kept = realloc(level->kept, capacity * sizeof *kept);
  if (!kept) return false;
  level->kept = kept;
  level->capacity = capacity;
  return true;
}

bool level_add(struct level *level, const float *mono, size_t count) {
  if (level->meter || level->count + count > KEPT_MOST)
    return weigh_kept(level) && weigh(level, mono, count);
  if (!make_room(level, count)) return false;
  memcpy(level->kept + level->count, mono, count * sizeof *mono);
  level->count += count;
  return true;
}

void level_note(struct level *level, double square, size_t count) {
  double *oldest = &level->slices[level->slice++ % BLOCK_SLICES];
  level->block += square - *oldest;
  *oldest = square;
  if (level->block > level->block_most) level->block_most = level->block;
  level->square += square;
  level->frames += (double)count;
}

/* The level lies above that of everything, silence included, for silence is left out of
 * it; and below that of the loudest block. */
static bool in_doubt(const struct level *level) {
  double block_frames = (double)level->rate * 0.4;
  double least = 10 * log10(level->square / level->frames) - loss_most;
  double most = 10 * log10(level->block_most / block_frames) + gain_most;
  return !(least > LEVEL_QUIET && most < LEVEL_LOUD);
}

double level_finish(struct level *level) {
  double loudness = NAN;
  if (level->frames < level->rate * 0.4) return NAN;
  if (!level->meter && !level->always && !in_doubt(level)) return NAN;
  if (!weigh_kept(level)) return NAN;
  if (ebur128_loudness_global(level->meter, &loudness) != EBUR128_SUCCESS) return NAN;
  return loudness;
}

void level_free(struct level *level) {
  if (!level) return;
  if (level->meter) ebur128_destroy(&level->meter);
  free(level->kept);
  free(level);
}
