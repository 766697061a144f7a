/* AIFF and AIFC: FORM chunks with the common facts ("COMM") and the sound ("SSND"). */
#include "audio/aiff.h"

#include "audio/bytes.h"
#include "audio/chunk.h"
#include "audio/header.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
  AIFF_COMMON_BYTES = 18,
  AIFC_COMMON_BYTES = 22,
  SOUND_HEAD_BYTES = 8,
};

struct aiff {
  struct input *input;
  struct layout *layout;
  struct audio_report *report;
  bool has_common, has_sound;
  bool open; /* the sound's size was never filled in */
  uint32_t frames;
  uint64_t sound_bytes;
};

static const struct compression {
  char id[5];
  enum codec codec;
  int bits; /* 0: as the file says */
  bool little_endian;
} compressions[] = {
    {"NONE", CODEC_PCM, 0, false},    {"twos", CODEC_PCM, 0, false},
    {"sowt", CODEC_PCM, 0, true},     {"raw ", CODEC_PCM, 8, false},
    {"in24", CODEC_PCM, 24, false},   {"in32", CODEC_PCM, 32, false},
    {"fl32", CODEC_FLOAT, 32, false}, {"FL32", CODEC_FLOAT, 32, false},
    {"fl64", CODEC_FLOAT, 64, false}, {"FL64", CODEC_FLOAT, 64, false},
    {"ulaw", CODEC_ULAW, 8, false},   {"ULAW", CODEC_ULAW, 8, false},
    {"alaw", CODEC_ALAW, 8, false},   {"ALAW", CODEC_ALAW, 8, false},
};

/* An 80-bit IEEE 754 number, as AIFF has its sample rate; NAN for what is none. */
static double extended(const unsigned char *at) {
  int exponent = bytes_be16(at) & 0x7fff;
  uint64_t mantissa = (uint64_t)bytes_be32(at + 2) << 32 | bytes_be32(at + 6);
  if (exponent == 0x7fff || at[0] & 0x80) return NAN;
  return ldexp((double)mantissa, exponent - 16383 - 63);
}

static bool set_rate(struct aiff *aiff, const unsigned char *at) {
  double rate = extended(at);
  if (!(rate >= 1 && rate <= INT32_MAX))
    return report_refuse(aiff->report, "header", "",
                         "the sample rate in the COMM chunk is no number that makes "
                         "sense; make the file again");
  aiff->layout->rate = (int)lround(rate);
  return true;
}

static bool set_compression(struct aiff *aiff, const unsigned char *id) {
  for (size_t i = 0; i < sizeof compressions / sizeof *compressions; i++) {
    const struct compression *compression = &compressions[i];
    if (memcmp(compression->id, id, 4) != 0) continue;
    aiff->layout->codec = compression->codec;
    aiff->layout->big_endian = !compression->little_endian;
    if (compression->bits) aiff->layout->bits = compression->bits;
    aiff->layout->offset_binary = memcmp(id, "raw ", 4) == 0;
    return true;
  }
  char name[5] = "????";
  for (int i = 0; i < 4; i++)
    if (id[i] >= 0x20 && id[i] < 0x7f) name[i] = (char)id[i];
  return report_refuse(
      aiff->report, "unsupported", "ffmpeg -i IN -c:a pcm_s16le OUT.wav",
      "the AIFC file is compressed with \"%s\"; phone services take PCM, "
      "u-law or A-law in it, convert it",
      name);
}

/* A sample of 12 bits, say, takes two bytes. */
static bool set_block(struct aiff *aiff) {
  struct layout *layout = aiff->layout;
  if (layout->bits < 1 || layout->bits > 64 ||
      (layout->bits > 32 && layout->codec == CODEC_PCM))
    return report_refuse(aiff->report, "header", "",
                         "the COMM chunk gives %d bits a sample; make the file again",
                         layout->bits);
  layout->bits = (layout->bits + 7) / 8 * 8;
  layout->block = (unsigned)(layout->channels * layout->bits / 8);
  return true;
}

static bool read_common(struct aiff *aiff, const struct chunk *chunk) {
  struct layout *layout = aiff->layout;
  bool compressed = layout->container == CONTAINER_AIFC;
  uint32_t least = compressed ? AIFC_COMMON_BYTES : AIFF_COMMON_BYTES;
  const unsigned char *common = input_view(aiff->input, chunk->offset, least);
  if (aiff->has_common || chunk->size < least || !common)
    return report_refuse(aiff->report, "header", "",
                         "%s COMM chunk of %" PRIu32 " bytes at byte %" PRIu64
                         "; make the file again",
                         aiff->has_common ? "there is a second" : "there is a broken",
                         chunk->size, chunk->offset - 8);
  aiff->has_common = true;
  layout->channels = bytes_be16(common);
  aiff->frames = bytes_be32(common + 2);
  layout->bits = bytes_be16(common + 6);
  layout->codec = CODEC_PCM;
  layout->big_endian = true;
  if (!set_rate(aiff, common + 8)) return false;
  if (compressed && !set_compression(aiff, common + 18)) return false;
  return header_check_format(layout, aiff->report) && set_block(aiff);
}

static bool read_sound(struct aiff *aiff, const struct chunk *chunk, bool streamed) {
  const unsigned char *head = input_view(aiff->input, chunk->offset, SOUND_HEAD_BYTES);
  if (aiff->has_sound || chunk->size < SOUND_HEAD_BYTES || !head)
    return report_refuse(aiff->report, "corrupt", "",
                         "%s SSND chunk of %" PRIu32 " bytes at byte %" PRIu64
                         "; make the file again",
                         aiff->has_sound ? "there is a second" : "there is a broken",
                         chunk->size, chunk->offset - 8);
  uint32_t skip = bytes_be32(head);
  if (skip > chunk->size - SOUND_HEAD_BYTES)
    return report_refuse(aiff->report, "header", "",
                         "the SSND chunk says its sound begins %" PRIu32
                         " bytes on, which is behind its end; make the file again",
                         skip);
  aiff->has_sound = true;
  aiff->layout->offset = chunk->offset + SOUND_HEAD_BYTES + skip;
  aiff->sound_bytes = chunk->size - SOUND_HEAD_BYTES - skip;
  const unsigned char *size = input_view(aiff->input, chunk->offset - 4, 4);
  aiff->open = streamed || (size && chunk_size_is_open(bytes_be32(size)));
  return true;
}

static bool check_frames(struct aiff *aiff) {
  uint64_t samples = aiff->layout->samples;
  if (aiff->open || aiff->frames == samples) return true;
  return report_refuse(aiff->report, aiff->frames > samples ? "truncated" : "header", "",
                       "the COMM chunk counts %" PRIu32
                       " samples and the sound has "
                       "%" PRIu64 "; copy or make it again",
                       aiff->frames, samples);
}

static bool finish(struct aiff *aiff) {
  if (!aiff->has_common)
    return report_refuse(aiff->report, "header", "",
                         "there is no COMM chunk in the file; make it again");
  if (!aiff->has_sound && aiff->frames > 0)
    return report_refuse(aiff->report, "truncated", "",
                         "the COMM chunk counts %" PRIu32
                         " samples and there is no SSND chunk with them; copy or make it "
                         "again",
                         aiff->frames);
  if (!header_set_length(aiff->layout, aiff->sound_bytes, aiff->report)) return false;
  if (!check_frames(aiff)) return false;
  if (aiff->open) header_warn_streamed(aiff->report);
  return true;
}

static bool is_compressed(struct input *input) {
  const unsigned char *head = input_view(input, 0, 12);
  return head && memcmp(head + 8, "AIFC", 4) == 0;
}

bool aiff_read(struct input *input, struct layout *layout, struct audio_report *report) {
  struct aiff aiff = {.input = input, .layout = layout, .report = report};
  struct chunk_walk walk;
  struct chunk chunk;
  layout->container = is_compressed(input) ? CONTAINER_AIFC : CONTAINER_AIFF;
  if (!chunk_walk_start(&walk, input, report, true)) return false;
  while (chunk_next(&walk, &chunk)) {
    bool good = true;
    if (strcmp(chunk.id, "COMM") == 0)
      good = read_common(&aiff, &chunk);
    else if (strcmp(chunk.id, "SSND") == 0)
      good = read_sound(&aiff, &chunk, walk.streamed);
    if (!good) return false;
  }
  return !walk.failed && finish(&aiff);
}
