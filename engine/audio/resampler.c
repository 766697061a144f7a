#include "audio/resampler.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
  CROSSINGS = 16, /* of zero, on either side of the kernel's middle */
  STEPS = 256,    /* of the table, from one crossing to the next */
  BLOCK = 4096,   /* samples taken at once */
};

/* What a phone carries ends at 3.4 kHz; the kernel is at half at 3.7. */
static const double cut_most = 3700;

struct resampler {
  int rate;
  double scale;   /* the kernel's samples for one of ours */
  size_t reach;   /* samples the kernel needs on either side */
  uint64_t taken; /* samples that went in */
  uint64_t given; /* … and came out */
  uint64_t start; /* of what is kept */
  size_t kept;    /* samples in `past` */
  float *past;    /* from `start` on; room for a block and the kernel */
  float kernel[CROSSINGS * STEPS + 2]; /* its right half */
};

static void set_kernel(struct resampler *resampler) {
  for (size_t i = 0; i < CROSSINGS * STEPS; i++) {
    double at = (double)i / STEPS;
    double wave = i == 0 ? 1 : sin(M_PI * at) / (M_PI * at);
    double window = 0.5 + 0.5 * cos(M_PI * at / CROSSINGS);
    resampler->kernel[i] = (float)(wave * window);
  }
}

struct resampler *resampler_new(int rate) {
  struct resampler *resampler = calloc(1, sizeof *resampler);
  if (!resampler) return NULL;
  double cut = fmin(cut_most, 0.46 * rate);
  resampler->rate = rate;
  resampler->scale = 2 * cut / rate;
  resampler->reach = (size_t)ceil(CROSSINGS / resampler->scale);
  resampler->past = malloc((2 * resampler->reach + 2 + BLOCK) * sizeof(float));
  set_kernel(resampler);
  if (resampler->past) return resampler;
  free(resampler);
  return NULL;
}

size_t resampler_most(const struct resampler *resampler, size_t count) {
  uint64_t all = (uint64_t)(count + resampler->reach) * RESAMPLER_RATE;
  return (size_t)(all / (uint64_t)resampler->rate) + 2;
}

static float weight(const struct resampler *resampler, double distance) {
  double at = fabs(distance) * resampler->scale * STEPS;
  size_t step = (size_t)at;
  if (step >= CROSSINGS * STEPS) return 0;
  float part = (float)(at - (double)step);
  const float *kernel = resampler->kernel + step;
  return kernel[0] + (kernel[1] - kernel[0]) * part;
}

/* The signal at a moment between its samples; it is silent before and after itself. */
static float value_at(const struct resampler *resampler, double moment) {
  int64_t middle = (int64_t)floor(moment), reach = (int64_t)resampler->reach;
  int64_t first = middle - reach, last = middle + reach;
  int64_t start = (int64_t)resampler->start, end = start + (int64_t)resampler->kept;
  float sum = 0;
  if (first < start) first = start;
  for (int64_t i = first; i <= last && i < end; i++)
    sum += resampler->past[i - start] * weight(resampler, moment - (double)i);
  return sum * (float)resampler->scale;
}

/* Everything whose neighbours are there, or will never be. */
static size_t give(struct resampler *resampler, bool ended, float *out) {
  size_t count = 0;
  for (;;) {
    double moment = (double)resampler->given * resampler->rate / RESAMPLER_RATE;
    if (moment >= (double)resampler->taken) break;
    if (!ended && moment + (double)resampler->reach + 1 > (double)resampler->taken) break;
    out[count++] = value_at(resampler, moment);
    resampler->given++;
  }
  return count;
}

static void forget(struct resampler *resampler) {
  double moment = (double)resampler->given * resampler->rate / RESAMPLER_RATE;
  double needed = floor(moment) - (double)resampler->reach - (double)resampler->start;
  if (needed <= 0) return;
  size_t surplus = needed < (double)resampler->kept ? (size_t)needed : resampler->kept;
  resampler->kept -= surplus;
  resampler->start += surplus;
  memmove(resampler->past, resampler->past + surplus,
          resampler->kept * sizeof *resampler->past);
}

size_t resampler_run(struct resampler *resampler, const float *in, size_t count,
                     float *out) {
  if (resampler->rate == RESAMPLER_RATE) {
    if (count > 0) memcpy(out, in, count * sizeof *out);
    return count;
  }
  size_t given = 0;
  if (count == 0) return give(resampler, true, out);
  while (count > 0) {
    size_t some = count < BLOCK ? count : BLOCK;
    memcpy(resampler->past + resampler->kept, in, some * sizeof *in);
    resampler->kept += some;
    resampler->taken += some;
    given += give(resampler, false, out + given);
    forget(resampler);
    in += some;
    count -= some;
  }
  return given;
}

void resampler_free(struct resampler *resampler) {
  if (!resampler) return;
  free(resampler->past);
  free(resampler);
}
