/* Sound without a header: GSM, told by a mark in every frame, and u-law, which only its
 * owner can tell. */
#ifndef AUDIO_RAW_H
#define AUDIO_RAW_H

#include "audio/input.h"
#include "audio/report.h"

/* Where a run of GSM frames begins in the first bytes; UINT64_MAX if nowhere. */
uint64_t raw_find_gsm(struct input *input);

/* Checks every frame's mark; false with a refusal in the report. */
bool raw_read_gsm(struct input *input, struct layout *layout,
                  struct audio_report *report);

/* Refuses what no encoder of u-law writes: compressed data and empty disk space. */
bool raw_read_ulaw(struct input *input, struct layout *layout,
                   struct audio_report *report);

#endif
