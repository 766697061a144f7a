/* The chunks of an IFF file: RIFF (WAV) and FORM (AIFF, AIFC). */
#ifndef AUDIO_CHUNK_H
#define AUDIO_CHUNK_H

#include "audio/input.h"
#include "audio/report.h"

struct chunk {
  char id[5];
  uint64_t offset; /* of its body */
  uint32_t size; /* of its body, as the file says; without the byte that pads odd ones */
};

struct chunk_walk {
  struct input *input;
  struct audio_report *report;
  bool big_endian;
  bool streamed; /* the sizes were never filled in; the last chunk goes on to the end */
  bool failed;   /* the report has the refusal */
  uint64_t position, end;
};

/* Starts after the file's 12-byte head and checks the size it gives against the file's.
 */
bool chunk_walk_start(struct chunk_walk *walk, struct input *input,
                      struct audio_report *report, bool big_endian);

/* The next chunk; false at the end or when it `failed`. A chunk that reaches over the end
 * is refused, unless the file is streamed: then its size is cut to what is there. */
bool chunk_next(struct chunk_walk *walk, struct chunk *chunk);

/* Whether a writer that could not go back put this in place of a size. */
bool chunk_size_is_open(uint32_t size);

#endif
