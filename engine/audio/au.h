#ifndef AUDIO_AU_H
#define AUDIO_AU_H

#include "audio/report.h"
#include "audio/source.h"

/* Reads and checks an AU (".snd") header; false with a refusal in the report. */
bool au_read(struct source *source, struct layout *layout, struct audio_report *report);

#endif
