/* Brings a signal to 8000 Hz by sinc interpolation. */
#ifndef AUDIO_RESAMPLER_H
#define AUDIO_RESAMPLER_H

#include <stdbool.h>
#include <stddef.h>

enum { RESAMPLER_RATE = 8000 };

struct resampler;

/* NULL if out of memory. */
struct resampler *resampler_new(int rate);

/* The most samples that come out for so many. */
size_t resampler_most(const struct resampler *resampler, size_t count);

/* Takes `count` samples; `count` 0 says that there are no more. Returns how many came
 * out; what comes out is in time with what went in, and in all as long. */
size_t resampler_run(struct resampler *resampler, const float *in, size_t count,
                     float *out);
void resampler_free(struct resampler *resampler);

#endif
