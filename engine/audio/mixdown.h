/* A recording's samples, its channels mixed to one. */
#ifndef AUDIO_MIXDOWN_H
#define AUDIO_MIXDOWN_H

#include "audio/recording.h"

enum { MIXDOWN_MOST = 4096 }; /* samples handed over at once */

typedef bool (*mixdown_fn)(void *context, const float *mono, size_t count);

/* Hands over all of it, block by block. False where `each` said so, or with a refusal in
 * the report. */
bool mixdown(struct recording *recording, mixdown_fn each, void *context,
             struct audio_report *report);

/* Opens and checks it first, with all figures, for something to be made of it that is
 * written to `out`. False with *error, "same_file" where that is the same. */
bool mixdown_open(struct recording *recording, const char *path, const char *out,
                  const struct audio_options *options, struct audio_report *report,
                  struct error *error);

#endif
