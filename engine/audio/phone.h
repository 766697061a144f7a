/* Judges what was heard, and what it is, as a phone call needs it. */
#ifndef AUDIO_PHONE_H
#define AUDIO_PHONE_H

#include "audio/audio.h"

/* Adds a warning to the report for everything that plays and will not sound right. */
void phone_judge(struct audio_report *report);

#endif
