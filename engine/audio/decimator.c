#include "audio/decimator.h"

#include <math.h>
#include <string.h>

enum { KEPT_RATE = 8000 };

size_t decimator_factor(int rate) {
  return rate < 2 * KEPT_RATE ? 1 : (size_t)(rate / KEPT_RATE);
}

/* A windowed sine over its argument, cut off at 0.45 of the rate that is kept. */
void decimator_set(struct decimator *decimator, int rate, size_t position) {
  size_t factor = decimator_factor(rate), taps = factor * DECIMATOR_SPAN;
  double cut = 0.9 / (double)factor, sum = 0, values[DECIMATOR_TAPS];
  for (size_t i = 0; i < taps; i++) {
    double at = (double)i - (double)(taps - 1) / 2;
    double window = 0.5 - 0.5 * cos(2 * M_PI * ((double)i + 0.5) / (double)taps);
    double wave = at == 0 ? 1 : sin(M_PI * cut * at) / (M_PI * cut * at);
    sum += values[i] = window * wave;
  }
  for (size_t i = 0; i < taps; i++) decimator->filter[i] = (float)(values[i] / sum);
  decimator->factor = factor;
  decimator->taps = taps;
  decimator->wait = (factor - position % factor) % factor;
}

/* In as many sums as a processor adds at once. */
static float weigh(const float *filter, const float *samples, size_t taps) {
  float sums[DECIMATOR_SPAN] = {0}, sum = 0;
  for (size_t at = 0; at < taps; at += DECIMATOR_SPAN)
    for (size_t i = 0; i < DECIMATOR_SPAN; i++)
      sums[i] += filter[at + i] * samples[at + i];
  for (size_t i = 0; i < DECIMATOR_SPAN; i++) sum += sums[i];
  return sum;
}

size_t decimator_run(struct decimator *decimator, const float *in, size_t count,
                     float *out) {
  if (decimator->factor == 1) {
    memcpy(out, in, count * sizeof *out);
    return count;
  }
  size_t kept = 0, at = decimator->wait, taps = decimator->taps;
  for (; at < count; at += decimator->factor)
    out[kept++] = weigh(decimator->filter, in + at + 1 - taps, taps);
  decimator->wait = at - count;
  return kept;
}
