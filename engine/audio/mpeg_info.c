#include "audio/mpeg_info.h"

#include "audio/bytes.h"

#include <string.h>

enum {
  HAS_FRAMES = 1,
  HAS_BYTES = 2,
  HAS_CONTENTS = 4, /* 100 bytes for seeking */
  HAS_QUALITY = 8,
  CONTENTS_BYTES = 100,
  ENCODER_GAPS = 21,    /* in it: samples added, twelve bits twice */
  ENCODER_BYTES = 36,   /* what LAME adds */
  ENCODER_CRC = 32,     /* in it: of the music; its own is two bytes on */
  STEREO_COVER = 190,   /* bytes before the frame's own checksum in MPEG 1 stereo */
  VBRI_OFFSET = 4 + 32, /* after the header, whatever the side information's size */
};

static const uint16_t nibbles[16] = {0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00,
                                     0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401,
                                     0x5000, 0x9c01, 0x8801, 0x4400};

uint16_t mpeg_info_crc(uint16_t crc, const unsigned char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    crc = (uint16_t)(crc >> 4 ^ nibbles[(crc ^ bytes[i]) & 15]);
    crc = (uint16_t)(crc >> 4 ^ nibbles[(crc ^ bytes[i] >> 4) & 15]);
  }
  return crc;
}

static bool is_encoder(const unsigned char *at) {
  return !memcmp(at, "LAME", 4) || !memcmp(at, "Lavc", 4) || !memcmp(at, "Lavf", 4);
}

static void read_encoder(const unsigned char *frame, size_t offset, size_t bytes,
                         struct mpeg_info *info) {
  if (offset + ENCODER_BYTES > bytes || !is_encoder(frame + offset)) return;
  uint16_t music = bytes_be16(frame + offset + ENCODER_CRC);
  uint16_t own = bytes_be16(frame + offset + ENCODER_CRC + 2);
  const unsigned char *gaps = frame + offset + ENCODER_GAPS;
  info->delay = (unsigned)gaps[0] << 4 | gaps[1] >> 4;
  info->padding = (gaps[1] & 15U) << 8 | gaps[2];
  /* libavformat gets its own checksum right for stereo of MPEG 1 only. */
  size_t cover = offset + ENCODER_CRC + 2;
  bool lame = memcmp(frame + offset, "LAME", 4) == 0;
  if (own != 0 && (lame || cover == STEREO_COVER))
    info->tag_sound = own == mpeg_info_crc(0, frame, cover);
  info->has_crc = music != 0; /* a pipe cannot go back to fill it in */
  info->crc = music;
}

static bool read_xing(const unsigned char *at, size_t offset, size_t bytes,
                      struct mpeg_info *info) {
  if (offset + 8 > bytes) return false;
  if (memcmp(at + offset, "Xing", 4) != 0 && memcmp(at + offset, "Info", 4) != 0)
    return false;
  unsigned flags = bytes_be32(at + offset + 4);
  size_t need = 8 + (flags & HAS_FRAMES ? 4U : 0) + (flags & HAS_BYTES ? 4U : 0);
  if (offset + need > bytes) return true;
  offset += 8;
  info->has_frames = flags & HAS_FRAMES;
  if (info->has_frames) info->frames = bytes_be32(at + offset), offset += 4;
  info->has_bytes = flags & HAS_BYTES;
  if (info->has_bytes) info->bytes = bytes_be32(at + offset), offset += 4;
  if (flags & HAS_CONTENTS) offset += CONTENTS_BYTES;
  if (flags & HAS_QUALITY) offset += 4;
  read_encoder(at, offset, bytes, info);
  return true;
}

static bool read_vbri(const unsigned char *at, size_t bytes, struct mpeg_info *info) {
  if (VBRI_OFFSET + 18 > bytes || memcmp(at + VBRI_OFFSET, "VBRI", 4) != 0) return false;
  info->has_bytes = info->has_frames = true;
  info->bytes = bytes_be32(at + VBRI_OFFSET + 10);
  info->frames = bytes_be32(at + VBRI_OFFSET + 14);
  return true;
}

bool mpeg_info_read(const unsigned char *at, const struct mpeg_frame *frame,
                    struct mpeg_info *info) {
  *info = (struct mpeg_info){.tag_sound = true};
  size_t offset = MPEG_HEADER_BYTES + mpeg_side_bytes(frame);
  if (read_xing(at, offset, frame->bytes, info)) return true;
  if (frame->has_crc && read_xing(at, offset + 2, frame->bytes, info)) return true;
  return read_vbri(at, frame->bytes, info);
}
