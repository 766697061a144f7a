/* What every header must hold to: rate, channels, and the length of the sound. */
#ifndef AUDIO_HEADER_H
#define AUDIO_HEADER_H

#include "audio/report.h"

/* Each refuses and returns false where the layout makes no sense. */
bool header_check_format(const struct layout *layout, struct audio_report *report);

/* Sets `length` to whole blocks of the `bytes` of sound there are. */
bool header_set_length(struct layout *layout, uint64_t bytes,
                       struct audio_report *report);

/* Remarks that the header does not say how long the sound is. */
void header_warn_streamed(struct audio_report *report);

#endif
