#include "audio/slice.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LANES = 4, ROWS = 2 };

size_t slice_frames(const struct layout *layout) {
  return (size_t)(layout->rate / SLICES_A_SECOND);
}

/* A run of samples at a codec's loudest is a wave cut off. Coarse steps make short runs
 * in whole waves too. */
struct slice_limit slice_limit_of(const struct layout *layout) {
  switch (layout->codec) {
  case CODEC_ULAW:
    return (struct slice_limit){0.98f, 6};
  case CODEC_ALAW:
    return (struct slice_limit){0.984f, 6};
  case CODEC_GSM:
  case CODEC_GSM_PAIRS:
    return (struct slice_limit){0.999f, 3};
  case CODEC_PCM:
    if (layout->bits == 8) return (struct slice_limit){0.992f, 4};
    return (struct slice_limit){0.9999f, 3};
  default:
    return (struct slice_limit){0.9999f, 3};
  }
}

void slice_mix(const float *samples, size_t frames, int channels, float *mono) {
  size_t count = (size_t)channels;
  if (count == 1) {
    memcpy(mono, samples, frames * sizeof *mono);
    return;
  }
  if (count == 2) {
    for (size_t i = 0; i < frames; i++)
      mono[i] = (samples[2 * i] + samples[2 * i + 1]) * 0.5f;
    return;
  }
  for (size_t i = 0; i < frames; i++) {
    float sum = 0;
    for (size_t channel = 0; channel < count; channel++)
      sum += samples[i * count + channel];
    mono[i] = sum / (float)count;
  }
}

struct sums {
  float sum, square, low, high;
};

/* Side by side, as a processor adds and compares several at once; two rows of them, as
 * one need not wait for the other. */
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t lane_mask __attribute__((vector_size(LANES * sizeof(int32_t))));

struct rows {
  lanes sum[ROWS], square[ROWS], low[ROWS], high[ROWS];
};

static inline lanes chosen(lane_mask mask, lanes yes, lanes no) {
  return (lanes)((mask & (lane_mask)yes) | (~mask & (lane_mask)no));
}

static inline void add_rows(struct rows *rows, const float *samples) {
  for (int i = 0; i < ROWS; i++) {
    lanes row;
    memcpy(&row, samples + i * LANES, sizeof row);
    rows->sum[i] += row;
    rows->square[i] += row * row;
    rows->low[i] = chosen(row < rows->low[i], row, rows->low[i]);
    rows->high[i] = chosen(row > rows->high[i], row, rows->high[i]);
  }
}

static void add_sample(struct sums *sums, float sample) {
  sums->sum += sample;
  sums->square += sample * sample;
  sums->low = sample < sums->low ? sample : sums->low;
  sums->high = sample > sums->high ? sample : sums->high;
}

static void add_lane(struct sums *sums, const struct rows *rows, int row, int lane) {
  float low = rows->low[row][lane], high = rows->high[row][lane];
  sums->sum += rows->sum[row][lane];
  sums->square += rows->square[row][lane];
  sums->low = low < sums->low ? low : sums->low;
  sums->high = high > sums->high ? high : sums->high;
}

static struct sums add_up(const float *samples, size_t count) {
  lanes first = samples[0] - (lanes){0};
  struct rows rows = {.low = {first, first}, .high = {first, first}};
  struct sums sums = {0, 0, samples[0], samples[0]};
  size_t at = 0;
  for (; at + ROWS * LANES <= count; at += ROWS * LANES) add_rows(&rows, samples + at);
  for (; at < count; at++) add_sample(&sums, samples[at]);
  for (int i = 0; i < ROWS * LANES; i++) add_lane(&sums, &rows, i / LANES, i % LANES);
  sums.square -= sums.sum * sums.sum / (float)count;
  if (sums.square < 0) sums.square = 0;
  return sums;
}

static unsigned count_clipped(const float *samples, size_t frames, int channels,
                              struct slice_limit limit) {
  unsigned found = 0;
  for (int channel = 0; channel < channels; channel++) {
    unsigned run = 0;
    for (size_t i = 0; i < frames; i++) {
      float sample = samples[i * (size_t)channels + (size_t)channel];
      run = fabsf(sample) >= limit.full ? run + 1 : 0;
      if (run == limit.run)
        found += run;
      else if (run > limit.run)
        found++;
    }
  }
  return found;
}

static void set_ends(const float *mono, size_t frames, struct slice *slice) {
  size_t first = 0, last = frames - 1;
  while (first + 1 < frames && mono[first] == mono[0]) first++;
  while (last > 0 && mono[last] == mono[frames - 1]) last--;
  slice->first = mono[0];
  slice->second = mono[first];
  slice->last = mono[frames - 1];
  slice->penult = mono[last];
}

void slice_measure(const float *samples, const float *mono, size_t frames, int channels,
                   struct slice_limit limit, struct slice *slice) {
  struct sums mix = add_up(mono, frames), parts = mix;
  if (channels > 1) parts = add_up(samples, frames * (size_t)channels);
  *slice = (struct slice){.sum = mix.sum,
                          .square = mix.square,
                          .low = mix.low,
                          .high = mix.high,
                          .parts = parts.square / (float)channels,
                          .frames = (unsigned)frames};
  set_ends(mono, frames, slice);
  if (parts.high >= limit.full || -parts.low >= limit.full)
    slice->clipped = count_clipped(samples, frames, channels, limit);
}
