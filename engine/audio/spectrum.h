/* How much of the sound lies above what a phone carries. */
#ifndef AUDIO_SPECTRUM_H
#define AUDIO_SPECTRUM_H

#include <stddef.h>

enum {
  SPECTRUM_POINTS = 512, /* samples of a look */
  SPECTRUM_CUT = 3400,   /* Hz */
};

/* Sums of squares. */
struct spectrum {
  double below, above;
};

/* Adds a look at SPECTRUM_POINTS samples. */
void spectrum_look(struct spectrum *spectrum, int rate, const float *samples);

/* Share of the energy above SPECTRUM_CUT; 0 for silence. */
double spectrum_wide(const struct spectrum *spectrum);

#endif
