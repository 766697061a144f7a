/* Where the sound lies in a file and how it is coded, as its header says and the file's
 * size bears out. */
#ifndef AUDIO_LAYOUT_H
#define AUDIO_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum container {
  CONTAINER_NONE,
  CONTAINER_WAV,
  CONTAINER_AIFF,
  CONTAINER_AIFC,
  CONTAINER_AU,
  CONTAINER_MPEG,
  CONTAINER_GSM,
  CONTAINER_ULAW,
};

enum codec {
  CODEC_NONE,
  CODEC_PCM,
  CODEC_FLOAT,
  CODEC_ULAW,
  CODEC_ALAW,
  CODEC_GSM,       /* 33-byte frames of 160 samples */
  CODEC_GSM_PAIRS, /* Microsoft's: 65-byte blocks of 320 samples */
  CODEC_MPEG3,
};

enum {
  GSM_FRAME_BYTES = 33,
  GSM_FRAME_SAMPLES = 160,
  GSM_PAIR_BYTES = 65,
  GSM_PAIR_SAMPLES = 320,
  MPEG_STRIDE = 16, /* frames from one entry of the index to the next */
};

struct layout {
  enum container container;
  enum codec codec;
  int bits; /* per sample; 0 for GSM and MPEG */
  bool big_endian;
  bool offset_binary; /* 8-bit PCM counts from 0 to 255 and not from -128 */
  int rate, channels;
  unsigned block;  /* bytes of a frame of samples, or of a codec's block; MPEG: samples */
  uint64_t offset; /* of the first byte of sound */
  uint64_t length; /* bytes of sound, whole blocks */
  uint64_t packets; /* MPEG frames with sound in them */
  uint64_t skip;    /* samples per channel in front that the MPEG encoder added */
  bool cut;         /* MPEG frames in front reach back for what is not there */
  uint64_t samples; /* per channel */
  uint64_t *index;  /* byte offsets of every MPEG_STRIDE-th packet; owned */
  size_t index_count, index_capacity;
};

#endif
