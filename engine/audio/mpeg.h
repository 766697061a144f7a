/* An MPEG layer III stream, frame by frame. */
#ifndef AUDIO_MPEG_H
#define AUDIO_MPEG_H

#include "audio/input.h"
#include "audio/mpeg_frame.h"
#include "audio/report.h"

/* Walks over the frames of a stream that mpeg_read has found whole. */
struct mpeg_walk {
  struct input *input;
  uint64_t position, end;
};

/* Decoding that begins in the middle needs so many frames before it is right. */
enum { MPEG_LEAD = 12 };

/* The next frame's bytes, valid until the input is read again; NULL at the end. */
const unsigned char *mpeg_next(struct mpeg_walk *walk, struct mpeg_frame *frame);

/* Where the first of `chain` frames in a row that belong together begins, looking from
 * `from` on for `reach` bytes; UINT64_MAX if nowhere. Fewer will do if the end comes. */
uint64_t mpeg_find(struct input *input, uint64_t from, uint64_t reach, int chain);

/* Reads every frame's header and side information and checks that they fit together;
 * false with a refusal in the report. */
bool mpeg_read(struct input *input, struct layout *layout, struct audio_report *report);

#endif
