#include "audio/spectrum.h"

#include <complex.h>
#include <math.h>

/* Fourier transform in place, radix 2; `count` is a power of two. */
static void transform(float complex *points, size_t count) {
  for (size_t i = 1, j = 0; i < count; i++) {
    size_t bit = count >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    float complex swap = points[i];
    points[i] = points[j];
    points[j] = swap;
  }
  for (size_t half = 1; half < count; half *= 2) {
    float complex turn = cexpf(-I * (float)M_PI / (float)half);
    for (size_t start = 0; start < count; start += 2 * half) {
      float complex factor = 1;
      for (size_t i = start; i < start + half; i++, factor *= turn) {
        float complex odd = points[i + half] * factor;
        points[i + half] = points[i] - odd;
        points[i] += odd;
      }
    }
  }
}

void spectrum_look(struct spectrum *spectrum, int rate, const float *samples) {
  float complex points[SPECTRUM_POINTS];
  for (size_t i = 0; i < SPECTRUM_POINTS; i++) {
    double angle = 2 * M_PI * (double)i / SPECTRUM_POINTS;
    points[i] = samples[i] * (float)(0.5 - 0.5 * cos(angle));
  }
  transform(points, SPECTRUM_POINTS);
  for (size_t i = 2; i < SPECTRUM_POINTS / 2; i++) { /* from 2: without DC */
    double power =
        crealf(points[i]) * crealf(points[i]) + cimagf(points[i]) * cimagf(points[i]);
    double hertz = (double)i * rate / SPECTRUM_POINTS;
    *(hertz > SPECTRUM_CUT ? &spectrum->above : &spectrum->below) += power;
  }
}

double spectrum_wide(const struct spectrum *spectrum) {
  double all = spectrum->below + spectrum->above;
  return all > 0 ? spectrum->above / all : 0;
}
