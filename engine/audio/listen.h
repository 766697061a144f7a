/* Hears a recording from start to end, a long one with several threads. */
#ifndef AUDIO_LISTEN_H
#define AUDIO_LISTEN_H

#include "audio/input.h"
#include "audio/report.h"

/* Fills frames, duration and measures, as the options ask; false with a refusal in the
 * report. */
bool listen_to(struct input *input, const struct layout *layout,
               const struct audio_options *options, struct audio_report *report);

#endif
