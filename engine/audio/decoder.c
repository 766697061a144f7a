#include "audio/decoder.h"

bool decoder_can_start(const struct layout *layout) {
  return layout->codec != CODEC_GSM && layout->codec != CODEC_GSM_PAIRS;
}

struct decoder *decoder_open(struct input *input, const struct layout *layout,
                             uint64_t start, struct audio_report *report) {
  struct decoder *decoder;
  switch (layout->codec) {
  case CODEC_GSM:
  case CODEC_GSM_PAIRS:
    decoder = gsm_decoder_open(input, layout, report);
    break;
  case CODEC_MPEG3:
    decoder = mpeg_decoder_open(input, layout, start, report);
    break;
  default:
    decoder = plain_decoder_open(input, layout, start, report);
  }
  if (!decoder)
    report_refuse(report, "memory", "",
                  "out of memory while decoding it; try again later");
  return decoder;
}

long decoder_read(struct decoder *decoder, float *samples, size_t frames) {
  return decoder->read(decoder, samples, frames);
}

void decoder_close(struct decoder *decoder) {
  if (decoder) decoder->close(decoder);
}
