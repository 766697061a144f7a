#ifndef AUDIO_WAV_H
#define AUDIO_WAV_H

#include "audio/report.h"
#include "audio/source.h"

/* Reads and checks a RIFF WAVE file's chunks; false with a refusal in the report. */
bool wav_read(struct source *source, struct layout *layout, struct audio_report *report);

#endif
