/* Ten milliseconds of sound, reduced to the few figures that everything heard is told by.
 */
#ifndef AUDIO_SLICE_H
#define AUDIO_SLICE_H

#include "audio/layout.h"

#include <stddef.h>

enum { SLICES_A_SECOND = 100 };

struct slice {
  float sum, square;   /* of the channels mixed to one; `square` about their mean */
  float low, high;     /* of the mix */
  float parts;         /* the channels' own squares about their mean */
  float first, second; /* the first sample, and the first that differs from it */
  float last, penult;  /* the last sample, and the last that differs from it */
  unsigned frames;     /* fewer in the very last slice */
  unsigned clipped;    /* samples in runs at full scale, in any channel */
};

/* Where a codec's full scale lies, and what counts as a run there. */
struct slice_limit {
  float full;
  unsigned run;
};

size_t slice_frames(const struct layout *layout);
struct slice_limit slice_limit_of(const struct layout *layout);

/* Mixes the channels to one. */
void slice_mix(const float *samples, size_t frames, int channels, float *mono);

/* `samples` are interleaved, `mono` their mix, `frames` at least 1. */
void slice_measure(const float *samples, const float *mono, size_t frames, int channels,
                   struct slice_limit limit, struct slice *slice);

#endif
