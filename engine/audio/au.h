#ifndef AUDIO_AU_H
#define AUDIO_AU_H

#include "audio/input.h"
#include "audio/report.h"

/* Reads and checks an AU (".snd") header; false with a refusal in the report. */
bool au_read(struct input *input, struct layout *layout, struct audio_report *report);

#endif
