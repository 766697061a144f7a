/* GSM 6.10 by libgsm: bare frames, and pairs of them as Microsoft packs them into WAV. */
#include "audio/decoder.h"

#include <gsm/gsm.h>
#include <stdlib.h>

struct gsm_decoder {
  struct decoder decoder;
  struct input *input;
  const struct layout *layout;
  struct audio_report *report;
  gsm state;
  uint64_t position;                  /* in the sound's bytes */
  gsm_signal block[GSM_PAIR_SAMPLES]; /* decoded and not yet handed out … */
  size_t ready, taken;
};

/* The second half of a pair begins in the middle of a byte: the library keeps track. */
static bool decode_block(struct gsm_decoder *self, const unsigned char *at) {
  gsm_byte bytes[GSM_PAIR_BYTES];
  for (unsigned i = 0; i < self->layout->block; i++) bytes[i] = at[i];
  if (gsm_decode(self->state, bytes, self->block) != 0) return false;
  self->ready = GSM_FRAME_SAMPLES;
  if (self->layout->codec != CODEC_GSM_PAIRS) return true;
  self->ready = GSM_PAIR_SAMPLES;
  return gsm_decode(self->state, bytes + GSM_FRAME_BYTES,
                    self->block + GSM_FRAME_SAMPLES) == 0;
}

static bool next_block(struct gsm_decoder *self) {
  uint64_t offset = self->layout->offset + self->position;
  const unsigned char *at = input_view(self->input, offset, self->layout->block);
  self->taken = self->ready = 0;
  if (!at || !decode_block(self, at)) {
    report_refuse(self->report, "corrupt", "",
                  "the GSM frame at byte %llu can't be decoded; copy or make it again",
                  (unsigned long long)offset);
    return false;
  }
  self->position += self->layout->block;
  return true;
}

static long read_blocks(struct decoder *decoder, float *samples, size_t frames) {
  struct gsm_decoder *self = (struct gsm_decoder *)decoder;
  size_t count = 0;
  while (count < frames) {
    if (self->taken == self->ready) {
      if (self->position == self->layout->length) break;
      if (!next_block(self)) return -1;
    }
    samples[count++] = (float)self->block[self->taken++] / 32768.0f;
  }
  return (long)count;
}

static void close_state(struct decoder *decoder) {
  struct gsm_decoder *self = (struct gsm_decoder *)decoder;
  gsm_destroy(self->state);
  free(self);
}

struct decoder *gsm_decoder_open(struct input *input, const struct layout *layout,
                                 struct audio_report *report) {
  struct gsm_decoder *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  *self = (struct gsm_decoder){.decoder = {read_blocks, close_state},
                               .input = input,
                               .layout = layout,
                               .report = report,
                               .state = gsm_create()};
  int pairs = layout->codec == CODEC_GSM_PAIRS;
  if (self->state && (!pairs || gsm_option(self->state, GSM_OPT_WAV49, &pairs) >= 0))
    return &self->decoder;
  if (self->state) gsm_destroy(self->state);
  free(self);
  return NULL;
}
