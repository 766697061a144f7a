/* What the bytes are, by themselves. */
#ifndef AUDIO_KIND_H
#define AUDIO_KIND_H

#include "audio/input.h"
#include "audio/report.h"

/* The container that the first bytes announce, which need not be whole. CONTAINER_NONE
 * with a refusal for everything else; `ulaw` allows raw u-law. */
enum container kind_find(struct input *input, bool ulaw, struct audio_report *report);

#endif
