/* How much of the sound lies above what a phone carries. */
#ifndef AUDIO_SPECTRUM_H
#define AUDIO_SPECTRUM_H

#include <stddef.h>

enum {
  SPECTRUM_POINTS = 512, /* samples of a look */
  SPECTRUM_STEP = 8192,  /* samples from one look to the next */
  SPECTRUM_CUT = 3400,   /* Hz */
};

struct spectrum {
  int rate;
  size_t wait; /* samples until the next look */
  double below, above;
};

/* Adds a look to the sums every SPECTRUM_STEP samples. */
void spectrum_add(struct spectrum *spectrum, const float *mono, size_t count);

/* Share of the energy above SPECTRUM_CUT; 0 for silence. */
double spectrum_wide(const struct spectrum *spectrum);

#endif
