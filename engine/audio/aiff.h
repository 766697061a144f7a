#ifndef AUDIO_AIFF_H
#define AUDIO_AIFF_H

#include "audio/input.h"
#include "audio/report.h"

/* Reads and checks an AIFF or AIFC file's chunks; false with a refusal in the report. */
bool aiff_read(struct input *input, struct layout *layout, struct audio_report *report);

#endif
