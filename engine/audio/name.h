/* What a file's name says, to be held against what the file is. */
#ifndef AUDIO_NAME_H
#define AUDIO_NAME_H

#include "audio/audio.h"

/* Whether the name asks for raw u-law. Takes NULL. */
bool name_wants_ulaw(const char *name);

/* Warns where the name's ending belongs to something else. Takes NULL. */
void name_judge(const char *name, struct audio_report *report);

#endif
