/* Brings a wide-band signal down to about what a phone carries, keeping one sample in
 * several behind a low-pass filter. */
#ifndef AUDIO_DECIMATOR_H
#define AUDIO_DECIMATOR_H

#include <stddef.h>

enum {
  DECIMATOR_MOST = 24, /* 192000 Hz to 8000 */
  DECIMATOR_SPAN = 8,  /* samples that come out which the filter reaches over */
  DECIMATOR_TAPS = DECIMATOR_MOST * DECIMATOR_SPAN,
};

struct decimator {
  size_t factor, taps;
  size_t wait; /* samples until the next one that is kept */
  float filter[DECIMATOR_TAPS];
};

/* What the rate is divided by; 1 below 16000 Hz. */
size_t decimator_factor(int rate);

/* Every factor-th sample is kept, counted from the start of the recording; `position` is
 * where in it the run begins. */
void decimator_set(struct decimator *decimator, int rate, size_t position);

/* `in` has `taps` samples of the past before it. Returns how many came out, at most
 * count / factor + 1. */
size_t decimator_run(struct decimator *decimator, const float *in, size_t count,
                     float *out);

#endif
