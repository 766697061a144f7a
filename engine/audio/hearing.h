/* Listens to samples as they go by and keeps what a phone call's sound depends on. */
#ifndef AUDIO_HEARING_H
#define AUDIO_HEARING_H

#include "audio/audio.h"
#include "audio/layout.h"

struct hearing;

/* NULL if out of memory. `figures` as in audio_options. */
struct hearing *hearing_new(const struct layout *layout, bool figures);

/* Samples go by in slices of 10 ms: every call but the last must bring whole ones. */
size_t hearing_slice(const struct layout *layout);
bool hearing_add(struct hearing *hearing, const float *samples, size_t frames);

/* Fills *measures. */
void hearing_finish(struct hearing *hearing, struct audio_measures *measures);
void hearing_free(struct hearing *hearing);

#endif
