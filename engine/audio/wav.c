/* WAV: RIFF chunks with a format, perhaps a count of samples ("fact"), and the sound. */
#include "audio/wav.h"

#include "audio/bytes.h"
#include "audio/chunk.h"
#include "audio/header.h"

#include <inttypes.h>
#include <string.h>

enum {
  TAG_PCM = 0x0001,
  TAG_FLOAT = 0x0003,
  TAG_ALAW = 0x0006,
  TAG_ULAW = 0x0007,
  TAG_GSM = 0x0031,
  TAG_EXTENSIBLE = 0xfffe,
};

struct wav {
  struct input *input;
  struct layout *layout;
  struct audio_report *report;
  bool has_format, has_fact, has_data;
  uint32_t fact, data_size;
  bool open; /* the sound's size was never filled in */
};

/* The tail of every sub-format's GUID; the first two bytes are the format tag. */
static const unsigned char guid_tail[14] = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                            0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71};

static const struct foreign_codec {
  uint16_t tag;
  const char *name;
} foreign_codecs[] = {
    {0x0002, "MS ADPCM"},      {0x0011, "IMA ADPCM"},
    {0x0050, "MPEG layer II"}, {0x0055, "MPEG layer III"},
    {0x0040, "G.721"},         {0x0042, "G.723"},
    {0x0045, "G.726"},         {0x0064, "G.726"},
    {0x0022, "TrueSpeech"},    {0x00ff, "AAC"},
    {0x0161, "WMA"},           {0x2000, "AC-3"},
};

static bool refuse_codec(struct wav *wav, uint16_t tag) {
  const char *name = "an unknown codec";
  for (size_t i = 0; i < sizeof foreign_codecs / sizeof *foreign_codecs; i++)
    if (foreign_codecs[i].tag == tag) name = foreign_codecs[i].name;
  return report_refuse(wav->report, "unsupported", "ffmpeg -i IN -c:a pcm_s16le OUT.wav",
                       "the WAV file holds %s (format 0x%04x); phone services take PCM, "
                       "u-law, A-law or GSM 6.10, convert it",
                       name, (unsigned)tag);
}

static enum codec codec_of(uint16_t tag) {
  switch (tag) {
  case TAG_PCM:
    return CODEC_PCM;
  case TAG_FLOAT:
    return CODEC_FLOAT;
  case TAG_ALAW:
    return CODEC_ALAW;
  case TAG_ULAW:
    return CODEC_ULAW;
  case TAG_GSM:
    return CODEC_GSM_PAIRS;
  default:
    return CODEC_NONE;
  }
}

static bool bits_fit(enum codec codec, int bits) {
  switch (codec) {
  case CODEC_PCM:
    return bits == 8 || bits == 16 || bits == 24 || bits == 32;
  case CODEC_FLOAT:
    return bits == 32 || bits == 64;
  case CODEC_ALAW:
  case CODEC_ULAW:
    return bits == 8;
  default:
    return bits == 0; /* GSM has none */
  }
}

/* The tag inside a WAVE_FORMAT_EXTENSIBLE format, or 0 with a refusal. */
static uint16_t extended_tag(struct wav *wav, const unsigned char *format,
                             uint32_t size) {
  bool whole = size >= 40 && bytes_le16(format + 16) >= 22;
  if (!whole || memcmp(format + 26, guid_tail, sizeof guid_tail) != 0 ||
      bytes_le16(format + 18) > bytes_le16(format + 14)) {
    report_refuse(wav->report, "header", "",
                  "the extensible format chunk of %" PRIu32
                  " bytes contradicts itself; make the file again",
                  size);
    return 0;
  }
  int speakers = __builtin_popcount(bytes_le32(format + 20));
  if (speakers > bytes_le16(format + 2)) {
    report_refuse(wav->report, "header", "",
                  "the header names %d speakers for %d channels; make the file again",
                  speakers, bytes_le16(format + 2));
    return 0;
  }
  return bytes_le16(format + 24);
}

static bool check_blocks(struct wav *wav, unsigned align, uint32_t byte_rate) {
  const struct layout *layout = wav->layout;
  if (align != layout->block)
    return report_refuse(
        wav->report, "header", "",
        "the header's block size is %u and %d channels of this codec need "
        "%u; make the file again",
        align, layout->channels, layout->block);
  uint64_t rate = (uint64_t)layout->rate * layout->block;
  if (layout->codec == CODEC_GSM_PAIRS) rate /= GSM_PAIR_SAMPLES;
  /* Encoders round a GSM file's byte rate either way. */
  uint64_t slack = layout->codec == CODEC_GSM_PAIRS ? 1 : 0;
  if (byte_rate + slack < rate || byte_rate > rate + slack)
    return report_refuse(wav->report, "header", "",
                         "the header gives %" PRIu32
                         " bytes a second and %d Hz make "
                         "%" PRIu64 "; make the file again",
                         byte_rate, layout->rate, rate);
  return true;
}

static bool check_gsm(struct wav *wav, const unsigned char *format, uint32_t size) {
  if (wav->layout->channels != 1)
    return report_refuse(wav->report, "header", "",
                         "the header gives GSM 6.10 %d channels and it has one; make the "
                         "file again",
                         wav->layout->channels);
  if (size >= 20 && bytes_le16(format + 18) != GSM_PAIR_SAMPLES)
    return report_refuse(wav->report, "header", "",
                         "the header gives GSM 6.10 blocks of %d samples and they have "
                         "320; make the file again",
                         bytes_le16(format + 18));
  return true;
}

static bool set_codec(struct wav *wav, const unsigned char *format, uint32_t size) {
  uint16_t tag = bytes_le16(format);
  if (tag == TAG_EXTENSIBLE) {
    tag = extended_tag(wav, format, size);
    if (wav->report->refused) return false;
  }
  struct layout *layout = wav->layout;
  int bits = bytes_le16(format + 14);
  layout->codec = codec_of(tag);
  if (layout->codec == CODEC_NONE) return refuse_codec(wav, tag);
  if (!bits_fit(layout->codec, layout->codec == CODEC_GSM_PAIRS ? 0 : bits))
    return report_refuse(wav->report, "header", "",
                         "the header gives %d bits a sample, which this codec does not "
                         "have; make the file again",
                         bits);
  bool has_bits = layout->codec != CODEC_GSM_PAIRS;
  layout->bits = has_bits ? bits : 0;
  layout->offset_binary = layout->codec == CODEC_PCM && bits == 8;
  return true;
}

static bool read_format(struct wav *wav, const struct chunk *chunk) {
  if (wav->has_format)
    return report_refuse(wav->report, "corrupt", "",
                         "there is a second format chunk at byte %" PRIu64
                         "; make the file again",
                         chunk->offset - 8);
  const unsigned char *format = input_view(wav->input, chunk->offset, chunk->size);
  if (!format || chunk->size < 16)
    return report_refuse(wav->report, "header", "",
                         "the format chunk has %" PRIu32 " bytes; make the file again",
                         chunk->size);
  struct layout *layout = wav->layout;
  layout->channels = bytes_le16(format + 2);
  layout->rate = (int)bytes_le32(format + 4);
  if (!set_codec(wav, format, chunk->size)) return false;
  if (!header_check_format(layout, wav->report)) return false;
  bool gsm = layout->codec == CODEC_GSM_PAIRS;
  layout->block = gsm ? GSM_PAIR_BYTES : (unsigned)(layout->channels * layout->bits / 8);
  if (gsm && !check_gsm(wav, format, chunk->size)) return false;
  wav->has_format = true;
  return check_blocks(wav, bytes_le16(format + 12), bytes_le32(format + 8));
}

static bool read_data(struct wav *wav, const struct chunk *chunk, bool streamed) {
  if (wav->has_data || !wav->has_format)
    return report_refuse(wav->report, "corrupt", "",
                         "the sound at byte %" PRIu64 " %s; make the file again",
                         chunk->offset,
                         wav->has_data ? "is a second one" : "has no format before it");
  const unsigned char *size = input_view(wav->input, chunk->offset - 4, 4);
  wav->open = streamed || (size && chunk_size_is_open(bytes_le32(size)));
  wav->has_data = true;
  wav->layout->offset = chunk->offset;
  wav->data_size = chunk->size;
  return true;
}

static bool read_fact(struct wav *wav, const struct chunk *chunk) {
  const unsigned char *count = input_view(wav->input, chunk->offset, 4);
  if (chunk->size < 4 || !count)
    return report_refuse(wav->report, "header", "",
                         "the fact chunk has %" PRIu32
                         " bytes and needs 4; make the file "
                         "again",
                         chunk->size);
  wav->has_fact = true;
  wav->fact = bytes_le32(count);
  return true;
}

/* Encoders round up to blocks, and some count the samples of every channel. */
static bool check_fact(struct wav *wav) {
  struct layout *layout = wav->layout;
  if (!wav->has_fact || wav->open || wav->fact == 0 || wav->fact == UINT32_MAX)
    return true;
  uint64_t samples = layout->samples, fact = wav->fact;
  if (layout->codec == CODEC_GSM_PAIRS) {
    if (fact <= samples && fact + GSM_PAIR_SAMPLES > samples) return true;
  } else if (fact == samples || fact == samples * (uint64_t)layout->channels)
    return true;
  return report_refuse(wav->report, fact > samples ? "truncated" : "header", "",
                       "the fact chunk counts %" PRIu64
                       " samples and the sound has "
                       "%" PRIu64 "; copy or make it again",
                       fact, samples);
}

static bool finish(struct wav *wav) {
  if (!wav->has_format || !wav->has_data)
    return report_refuse(wav->report, wav->has_format ? "empty" : "header", "",
                         "there is no %s chunk in the file; make it again",
                         wav->has_format ? "data" : "format");
  if (!header_set_length(wav->layout, wav->data_size, wav->report)) return false;
  if (!check_fact(wav)) return false;
  if (wav->open) header_warn_streamed(wav->report);
  return true;
}

bool wav_read(struct input *input, struct layout *layout, struct audio_report *report) {
  struct wav wav = {.input = input, .layout = layout, .report = report};
  struct chunk_walk walk;
  struct chunk chunk;
  layout->container = CONTAINER_WAV;
  if (!chunk_walk_start(&walk, input, report, false)) return false;
  while (chunk_next(&walk, &chunk)) {
    bool good = true;
    if (strcmp(chunk.id, "fmt ") == 0)
      good = read_format(&wav, &chunk);
    else if (strcmp(chunk.id, "data") == 0)
      good = read_data(&wav, &chunk, walk.streamed);
    else if (strcmp(chunk.id, "fact") == 0)
      good = read_fact(&wav, &chunk);
    if (!good) return false;
  }
  return !walk.failed && finish(&wav);
}
