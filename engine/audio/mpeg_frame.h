/* One MPEG audio frame: its header, its side information, and what links it to the frames
 * around it (ISO/IEC 11172-3 and 13818-3). */
#ifndef AUDIO_MPEG_FRAME_H
#define AUDIO_MPEG_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  MPEG_HEADER_BYTES = 4,
  MPEG_FRAME_MOST = 2881, /* 320 kbit/s at 8 kHz and a padding byte */
};

struct mpeg_frame {
  int version; /* 1, 2, or 25 for 2.5 */
  int layer;   /* 1 to 3 */
  int bitrate; /* kbit/s; 0 is "free format" */
  int rate, channels;
  bool has_crc;
  size_t bytes; /* with the header; 0 in free format */
  int samples;  /* per channel */
};

/* False if the four bytes begin no frame. */
bool mpeg_frame_header(const unsigned char *at, struct mpeg_frame *frame);

/* Whether two frames can belong to one stream. */
bool mpeg_frame_alike(const struct mpeg_frame *a, const struct mpeg_frame *b);

/* Of layer III: the bytes between header (and CRC) and the coded samples. */
size_t mpeg_side_bytes(const struct mpeg_frame *frame);

/* Layer III keeps coded samples of a frame in the frames before it as well. */
struct mpeg_side {
  unsigned back; /* bytes that the coded samples begin before this frame's own room */
  unsigned used; /* bytes they take */
  unsigned room; /* bytes this frame has for coded samples */
  bool sane;     /* no field is out of its range */
};

/* `at` is the whole frame. */
void mpeg_frame_side(const unsigned char *at, const struct mpeg_frame *frame,
                     struct mpeg_side *side);

/* Whether the frame's own checksum is right; true where it has none. */
bool mpeg_frame_sound(const unsigned char *at, const struct mpeg_frame *frame);

#endif
