#include "audio/mpeg_frame.h"

#include "audio/bytes.h"

static const int bitrates[2][3][15] = {
    {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
     {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
     {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}},
    {{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
     {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
     {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}},
};

static const int rates[3] = {44100, 48000, 32000};

static void set_size(struct mpeg_frame *frame, bool padded) {
  size_t bits = (size_t)frame->bitrate * 1000;
  bool half = frame->version != 1; /* versions 2 and 2.5 have half the samples */
  if (frame->layer == 1)
    frame->samples = 384;
  else
    frame->samples = frame->layer == 3 && half ? 576 : 1152;
  if (bits == 0)
    frame->bytes = 0;
  else if (frame->layer == 1)
    frame->bytes = (12 * bits / (size_t)frame->rate + padded) * 4;
  else
    frame->bytes = (size_t)frame->samples / 8 * bits / (size_t)frame->rate + padded;
}

bool mpeg_frame_header(const unsigned char *at, struct mpeg_frame *frame) {
  if (at[0] != 0xff || (at[1] & 0xe0) != 0xe0) return false;
  int version = at[1] >> 3 & 3, layer = at[1] >> 1 & 3, bitrate = at[2] >> 4;
  int rate = at[2] >> 2 & 3;
  if (version == 1 || layer == 0 || bitrate == 15 || rate == 3) return false;
  if ((at[3] & 3) == 2) return false; /* a reserved emphasis */
  frame->version = version == 3 ? 1 : version == 2 ? 2 : 25;
  frame->layer = 4 - layer;
  frame->bitrate = bitrates[frame->version != 1][frame->layer - 1][bitrate];
  frame->rate = rates[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
  frame->channels = at[3] >> 6 == 3 ? 1 : 2;
  frame->has_crc = !(at[1] & 1);
  set_size(frame, at[2] >> 1 & 1);
  return true;
}

bool mpeg_frame_alike(const struct mpeg_frame *a, const struct mpeg_frame *b) {
  return a->version == b->version && a->layer == b->layer && a->rate == b->rate &&
         a->channels == b->channels;
}

size_t mpeg_side_bytes(const struct mpeg_frame *frame) {
  if (frame->version == 1) return frame->channels == 1 ? 17 : 32;
  return frame->channels == 1 ? 9 : 17;
}

struct bits {
  const unsigned char *at;
  size_t position; /* in bits */
};

static unsigned take(struct bits *bits, unsigned count) {
  unsigned value = 0;
  for (; count > 0; count--, bits->position++)
    value = value << 1 | (bits->at[bits->position / 8] >> (7 - bits->position % 8) & 1);
  return value;
}

void mpeg_frame_side(const unsigned char *at, const struct mpeg_frame *frame,
                     struct mpeg_side *side) {
  size_t head = MPEG_HEADER_BYTES + (frame->has_crc ? 2U : 0U) + mpeg_side_bytes(frame);
  struct bits bits = {at + head - mpeg_side_bytes(frame), 0};
  bool first = frame->version == 1, mono = frame->channels == 1;
  unsigned parts = (first ? 2U : 1U) * (unsigned)frame->channels, used = 0;
  side->back = take(&bits, first ? 9 : 8);
  take(&bits, first ? (mono ? 5 : 3) : (mono ? 1 : 2));  /* private */
  if (first) take(&bits, 4 * (unsigned)frame->channels); /* shared scale factors */
  side->sane = frame->bytes >= head;
  for (unsigned i = 0; i < parts; i++) {
    size_t next = bits.position + (first ? 59 : 63);
    used += take(&bits, 12);
    if (take(&bits, 9) > 288) side->sane = false; /* pairs of samples, of 576 */
    bits.position = next;
  }
  side->used = (used + 7) / 8;
  side->room = side->sane || frame->bytes >= head ? (unsigned)(frame->bytes - head) : 0;
}

bool mpeg_frame_sound(const unsigned char *at, const struct mpeg_frame *frame) {
  if (!frame->has_crc || frame->layer != 3) return true;
  size_t count = 2 + mpeg_side_bytes(frame);
  if (frame->bytes < MPEG_HEADER_BYTES + count) return false;
  unsigned crc = 0xffff;
  for (size_t i = 0; i < count;
       i++) { /* the header's last two bytes, then past the CRC */
    crc ^= (unsigned)at[i < 2 ? 2 + i : 4 + i] << 8;
    for (int bit = 0; bit < 8; bit++)
      crc = (crc << 1 ^ (crc & 0x8000 ? 0x8005U : 0)) & 0xffff;
  }
  return crc == bytes_be16(at + 4);
}
