/* A second of a recording, decoded and reduced to slices. Segments depend on nothing
 * before them, so that several can be heard at once. */
#ifndef AUDIO_SEGMENT_H
#define AUDIO_SEGMENT_H

#include "audio/decoder.h"
#include "audio/slice.h"
#include "audio/spectrum.h"

enum { SEGMENT_SLICES = 100 };

/* As in an audio_report; without a reason memory ran out. */
struct refusal {
  char reason[32], message[240], mend[160];
};

struct segment {
  uint64_t start, frames; /* of the recording's samples per channel */
  bool last;              /* nothing follows */
  bool failed;            /* `refusal` says why */
  struct refusal refusal;
  size_t slice_count;
  struct slice slices[SEGMENT_SLICES];
  struct spectrum spectrum;
  float *phone; /* the mix at about what a phone carries; may be NULL */
  size_t phone_count;
};

/* Frames that every segment but the last has. */
uint64_t segment_frames(const struct layout *layout);

/* False if out of memory. Without `phone` that signal is left out. */
bool segment_set_up(struct segment *segment, const struct layout *layout, bool phone);
void segment_clear(struct segment *segment);

/* Decodes segments, best in their order. The input and the layout must outlive it. */
struct segment_reader;
struct segment_reader *segment_reader_new(struct input *input,
                                          const struct layout *layout);
void segment_reader_free(struct segment_reader *reader);

/* Fills the segment with the recording's `number`th. */
void segment_read(struct segment_reader *reader, uint64_t number,
                  struct segment *segment);

#endif
