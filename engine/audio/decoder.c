#include "audio/decoder.h"

struct decoder *decoder_open(struct source *source, const struct layout *layout,
                             struct audio_report *report) {
  struct decoder *decoder;
  switch (layout->codec) {
  case CODEC_GSM:
  case CODEC_GSM_PAIRS:
    decoder = gsm_decoder_open(source, layout, report);
    break;
  case CODEC_MPEG3:
    decoder = mpeg_decoder_open(source, layout, report);
    break;
  default:
    decoder = plain_decoder_open(source, layout, report);
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
