/* Samples out of a file whose layout is known and whose structure was found whole. */
#ifndef AUDIO_DECODER_H
#define AUDIO_DECODER_H

#include "audio/input.h"
#include "audio/report.h"

struct decoder;

/* Gives samples from the frame `start` on, which is 0 where decoder_can_start says no.
 * NULL with a refusal in the report. The input and the layout must outlive it. */
struct decoder *decoder_open(struct input *input, const struct layout *layout,
                             uint64_t start, struct audio_report *report);

/* Whether decoding can begin in the middle, as it can't where each block builds on the
 * one before. */
bool decoder_can_start(const struct layout *layout);

/* Up to `frames` frames of interleaved samples, full scale being 1; returns how many, 0
 * at the end and -1 with a refusal in the report. */
long decoder_read(struct decoder *decoder, float *samples, size_t frames);

/* Takes NULL. */
void decoder_close(struct decoder *decoder);

/* What each kind of decoder provides; it begins with the struct. */
struct decoder {
  long (*read)(struct decoder *decoder, float *samples, size_t frames);
  void (*close)(struct decoder *decoder);
};

struct decoder *plain_decoder_open(struct input *input, const struct layout *layout,
                                   uint64_t start, struct audio_report *report);
struct decoder *gsm_decoder_open(struct input *input, const struct layout *layout,
                                 struct audio_report *report);
struct decoder *mpeg_decoder_open(struct input *input, const struct layout *layout,
                                  uint64_t start, struct audio_report *report);

#endif
