#ifndef AUDIO_WAV_H
#define AUDIO_WAV_H

#include "audio/input.h"
#include "audio/report.h"

/* Reads and checks a RIFF WAVE file's chunks; false with a refusal in the report. */
bool wav_read(struct input *input, struct layout *layout, struct audio_report *report);

#endif
