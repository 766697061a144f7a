/* The first frame of many MPEG streams holds no sound: it counts the frames and bytes
 * that follow (Xing, Info, VBRI) and may carry their checksum (LAME). */
#ifndef AUDIO_MPEG_INFO_H
#define AUDIO_MPEG_INFO_H

#include "audio/mpeg_frame.h"

struct mpeg_info {
  bool has_frames, has_bytes, has_crc;
  uint32_t frames, bytes;
  unsigned delay, padding; /* samples the encoder added in front and behind */
  uint16_t crc;            /* of everything after this frame */
  bool tag_sound;          /* the frame's checksum of itself is right, or it has none */
};

/* False if the frame is an ordinary one. `at` is the whole frame. */
bool mpeg_info_read(const unsigned char *at, const struct mpeg_frame *frame,
                    struct mpeg_info *info);

/* CRC-16, polynomial 0x8005 reflected, continued from `crc`; begin with 0. */
uint16_t mpeg_info_crc(uint16_t crc, const unsigned char *bytes, size_t length);

#endif
