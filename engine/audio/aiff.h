#ifndef AUDIO_AIFF_H
#define AUDIO_AIFF_H

#include "audio/report.h"
#include "audio/source.h"

/* Reads and checks an AIFF or AIFC file's chunks; false with a refusal in the report. */
bool aiff_read(struct source *source, struct layout *layout, struct audio_report *report);

#endif
