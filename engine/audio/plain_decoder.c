/* PCM, float, u-law and A-law by libsndfile. It is given the bytes of sound alone, as raw
 * data of a known kind, so that its readers of headers never meet a stranger's file. */
#include "audio/decoder.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

struct plain_decoder {
  struct decoder decoder;
  struct input *input;
  const struct layout *layout;
  struct audio_report *report;
  SNDFILE *file;
  sf_count_t position;
  uint64_t left; /* frames still to come */
};

static sf_count_t length_of(void *context) {
  const struct plain_decoder *plain = context;
  return (sf_count_t)plain->layout->length;
}

static sf_count_t seek_to(sf_count_t offset, int whence, void *context) {
  struct plain_decoder *plain = context;
  if (whence == SEEK_CUR) offset += plain->position;
  if (whence == SEEK_END) offset += length_of(plain);
  if (offset < 0 || offset > length_of(plain)) return -1;
  return plain->position = offset;
}

static sf_count_t read_bytes(void *to, sf_count_t count, void *context) {
  struct plain_decoder *plain = context;
  sf_count_t rest = length_of(plain) - plain->position;
  if (count > rest) count = rest;
  if (count <= 0) return 0;
  uint64_t offset = plain->layout->offset + (uint64_t)plain->position;
  size_t got = input_read(plain->input, offset, to, (size_t)count);
  plain->position += (sf_count_t)got;
  return (sf_count_t)got;
}

static sf_count_t write_nothing(const void *from, sf_count_t count, void *context) {
  (void)from, (void)count, (void)context;
  return 0;
}

static sf_count_t tell(void *context) {
  return ((struct plain_decoder *)context)->position;
}

static int pcm_of(const struct layout *layout) {
  switch (layout->bits) {
  case 8:
    return layout->offset_binary ? SF_FORMAT_PCM_U8 : SF_FORMAT_PCM_S8;
  case 16:
    return SF_FORMAT_PCM_16;
  case 24:
    return SF_FORMAT_PCM_24;
  default:
    return SF_FORMAT_PCM_32;
  }
}

static int format_of(const struct layout *layout) {
  int format = SF_FORMAT_RAW | (layout->big_endian ? SF_ENDIAN_BIG : SF_ENDIAN_LITTLE);
  switch (layout->codec) {
  case CODEC_ULAW:
    return format | SF_FORMAT_ULAW;
  case CODEC_ALAW:
    return format | SF_FORMAT_ALAW;
  case CODEC_FLOAT:
    return format | (layout->bits == 64 ? SF_FORMAT_DOUBLE : SF_FORMAT_FLOAT);
  default:
    return format | pcm_of(layout);
  }
}

static long plain_read(struct decoder *decoder, float *samples, size_t frames) {
  struct plain_decoder *plain = (struct plain_decoder *)decoder;
  if (frames > plain->left) frames = (size_t)plain->left;
  if (frames == 0) return 0;
  sf_count_t got = sf_readf_float(plain->file, samples, (sf_count_t)frames);
  if (got <= 0) {
    report_refuse(
        plain->report, "corrupt", "",
        "the decoder stopped %llu samples before the end; copy or make it again",
        (unsigned long long)plain->left);
    return -1;
  }
  plain->left -= (uint64_t)got;
  return (long)got;
}

static void plain_close(struct decoder *decoder) {
  struct plain_decoder *plain = (struct plain_decoder *)decoder;
  sf_close(plain->file);
  free(plain);
}

struct decoder *plain_decoder_open(struct input *input, const struct layout *layout,
                                   uint64_t start, struct audio_report *report) {
  static SF_VIRTUAL_IO bytes = {length_of, seek_to, read_bytes, write_nothing, tell};
  struct plain_decoder *plain = calloc(1, sizeof *plain);
  if (!plain) return NULL;
  *plain = (struct plain_decoder){.decoder = {plain_read, plain_close},
                                  .input = input,
                                  .layout = layout,
                                  .report = report,
                                  .left = layout->samples - start};
  SF_INFO info = {.samplerate = layout->rate,
                  .channels = layout->channels,
                  .format = format_of(layout)};
  plain->file = sf_open_virtual(&bytes, SFM_READ, &info, plain);
  if (plain->file &&
      sf_seek(plain->file, (sf_count_t)start, SEEK_SET) == (sf_count_t)start)
    return &plain->decoder;
  if (plain->file) sf_close(plain->file);
  report_refuse(report, "corrupt", "", "the decoder does not take it: %s",
                sf_strerror(NULL));
  free(plain);
  return NULL;
}
