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

/* Of every byte. */
static const uint16_t remainders[256] = {
    0x0000, 0xc0c1, 0xc181, 0x0140, 0xc301, 0x03c0, 0x0280, 0xc241, 0xc601, 0x06c0,
    0x0780, 0xc741, 0x0500, 0xc5c1, 0xc481, 0x0440, 0xcc01, 0x0cc0, 0x0d80, 0xcd41,
    0x0f00, 0xcfc1, 0xce81, 0x0e40, 0x0a00, 0xcac1, 0xcb81, 0x0b40, 0xc901, 0x09c0,
    0x0880, 0xc841, 0xd801, 0x18c0, 0x1980, 0xd941, 0x1b00, 0xdbc1, 0xda81, 0x1a40,
    0x1e00, 0xdec1, 0xdf81, 0x1f40, 0xdd01, 0x1dc0, 0x1c80, 0xdc41, 0x1400, 0xd4c1,
    0xd581, 0x1540, 0xd701, 0x17c0, 0x1680, 0xd641, 0xd201, 0x12c0, 0x1380, 0xd341,
    0x1100, 0xd1c1, 0xd081, 0x1040, 0xf001, 0x30c0, 0x3180, 0xf141, 0x3300, 0xf3c1,
    0xf281, 0x3240, 0x3600, 0xf6c1, 0xf781, 0x3740, 0xf501, 0x35c0, 0x3480, 0xf441,
    0x3c00, 0xfcc1, 0xfd81, 0x3d40, 0xff01, 0x3fc0, 0x3e80, 0xfe41, 0xfa01, 0x3ac0,
    0x3b80, 0xfb41, 0x3900, 0xf9c1, 0xf881, 0x3840, 0x2800, 0xe8c1, 0xe981, 0x2940,
    0xeb01, 0x2bc0, 0x2a80, 0xea41, 0xee01, 0x2ec0, 0x2f80, 0xef41, 0x2d00, 0xedc1,
    0xec81, 0x2c40, 0xe401, 0x24c0, 0x2580, 0xe541, 0x2700, 0xe7c1, 0xe681, 0x2640,
    0x2200, 0xe2c1, 0xe381, 0x2340, 0xe101, 0x21c0, 0x2080, 0xe041, 0xa001, 0x60c0,
    0x6180, 0xa141, 0x6300, 0xa3c1, 0xa281, 0x6240, 0x6600, 0xa6c1, 0xa781, 0x6740,
    0xa501, 0x65c0, 0x6480, 0xa441, 0x6c00, 0xacc1, 0xad81, 0x6d40, 0xaf01, 0x6fc0,
    0x6e80, 0xae41, 0xaa01, 0x6ac0, 0x6b80, 0xab41, 0x6900, 0xa9c1, 0xa881, 0x6840,
    0x7800, 0xb8c1, 0xb981, 0x7940, 0xbb01, 0x7bc0, 0x7a80, 0xba41, 0xbe01, 0x7ec0,
    0x7f80, 0xbf41, 0x7d00, 0xbdc1, 0xbc81, 0x7c40, 0xb401, 0x74c0, 0x7580, 0xb541,
    0x7700, 0xb7c1, 0xb681, 0x7640, 0x7200, 0xb2c1, 0xb381, 0x7340, 0xb101, 0x71c0,
    0x7080, 0xb041, 0x5000, 0x90c1, 0x9181, 0x5140, 0x9301, 0x53c0, 0x5280, 0x9241,
    0x9601, 0x56c0, 0x5780, 0x9741, 0x5500, 0x95c1, 0x9481, 0x5440, 0x9c01, 0x5cc0,
    0x5d80, 0x9d41, 0x5f00, 0x9fc1, 0x9e81, 0x5e40, 0x5a00, 0x9ac1, 0x9b81, 0x5b40,
    0x9901, 0x59c0, 0x5880, 0x9841, 0x8801, 0x48c0, 0x4980, 0x8941, 0x4b00, 0x8bc1,
    0x8a81, 0x4a40, 0x4e00, 0x8ec1, 0x8f81, 0x4f40, 0x8d01, 0x4dc0, 0x4c80, 0x8c41,
    0x4400, 0x84c1, 0x8581, 0x4540, 0x8701, 0x47c0, 0x4680, 0x8641, 0x8201, 0x42c0,
    0x4380, 0x8341, 0x4100, 0x81c1, 0x8081, 0x4040,
};

uint16_t mpeg_info_crc(uint16_t crc, const unsigned char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++)
    crc = (uint16_t)(crc >> 8 ^ remainders[(crc ^ bytes[i]) & 0xff]);
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
