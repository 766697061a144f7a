/* AU: six big-endian words, a remark, and the sound up to the file's end. */
#include "audio/au.h"

#include "audio/bytes.h"
#include "audio/chunk.h"
#include "audio/header.h"

#include <inttypes.h>

enum { HEAD_BYTES = 24 };

static const struct encoding {
  uint32_t number;
  enum codec codec;
  int bits;
} encodings[] = {
    {1, CODEC_ULAW, 8}, {2, CODEC_PCM, 8},    {3, CODEC_PCM, 16},   {4, CODEC_PCM, 24},
    {5, CODEC_PCM, 32}, {6, CODEC_FLOAT, 32}, {7, CODEC_FLOAT, 64}, {27, CODEC_ALAW, 8},
};

static bool set_codec(struct layout *layout, uint32_t number,
                      struct audio_report *report) {
  for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
    if (encodings[i].number != number) continue;
    layout->codec = encodings[i].codec;
    layout->bits = encodings[i].bits;
    layout->big_endian = true;
    return true;
  }
  return report_refuse(report, "unsupported", "ffmpeg -i IN -c:a pcm_s16le OUT.wav",
                       "the AU file's encoding is %" PRIu32
                       "; phone services take PCM, "
                       "u-law or A-law in it, convert it",
                       number);
}

static bool check_size(struct input *input, uint64_t start, uint64_t length,
                       struct audio_report *report) {
  uint64_t there = input->size - start;
  if (length > there)
    return report_refuse(report, "truncated", "",
                         "the header promises %" PRIu64 " bytes of sound and %" PRIu64
                         " are there; copy or make it again",
                         length, there);
  if (length == 0 && there > 0)
    return report_refuse(report, "unfinished", "sox --ignore-length IN OUT.wav",
                         "the header says 0 bytes of sound and %" PRIu64
                         " follow: the recorder stopped before it filled in the size",
                         there);
  if (length < there)
    return report_refuse(report, "junk", "ffmpeg -i IN OUT.wav",
                         "%" PRIu64 " bytes follow the sound's end at byte %" PRIu64
                         "; a player may read them as noise, cut them off",
                         there - length, start + length);
  return true;
}

bool au_read(struct input *input, struct layout *layout, struct audio_report *report) {
  layout->container = CONTAINER_AU;
  const unsigned char *head = input_view(input, 0, HEAD_BYTES);
  if (!head)
    return report_refuse(report, "truncated", "",
                         "only %" PRIu64
                         " bytes of the header are there; copy or make it again",
                         input->size);
  uint32_t start = bytes_be32(head + 4), size = bytes_be32(head + 8);
  layout->rate = (int)bytes_be32(head + 16);
  layout->channels = (int)bytes_be32(head + 20);
  if (!set_codec(layout, bytes_be32(head + 12), report)) return false;
  if (!header_check_format(layout, report)) return false;
  if (start < HEAD_BYTES || start > input->size)
    return report_refuse(report, start < HEAD_BYTES ? "header" : "truncated", "",
                         "the header says the sound begins at byte %" PRIu32
                         " of %" PRIu64 "; copy or make it again",
                         start, input->size);
  layout->block = (unsigned)(layout->channels * layout->bits / 8);
  layout->offset = start;
  bool open = size == UINT32_MAX;
  uint64_t length = open ? input->size - start : size;
  if (!check_size(input, start, length, report)) return false;
  if (!header_set_length(layout, length, report)) return false;
  if (open) header_warn_streamed(report);
  return true;
}
