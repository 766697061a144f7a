#include "audio/header.h"

#include <inttypes.h>

enum { RATE_LEAST = 4000, RATE_MOST = 192000, CHANNELS_MOST = 8 };

bool header_check_format(const struct layout *layout, struct audio_report *report) {
  if (layout->rate < RATE_LEAST || layout->rate > RATE_MOST)
    return report_refuse(report, "header", "",
                         "the header gives a sample rate of %" PRIu32
                         " Hz; sense lies between %d and %d, make the file again",
                         (uint32_t)layout->rate, RATE_LEAST, RATE_MOST);
  if (layout->channels < 1 || layout->channels > CHANNELS_MOST)
    return report_refuse(report, "header", "",
                         "the header gives %" PRIu32
                         " channels; sense lies between 1 and %d, make the file again",
                         (uint32_t)layout->channels, CHANNELS_MOST);
  return true;
}

bool header_set_length(struct layout *layout, uint64_t bytes,
                       struct audio_report *report) {
  if (bytes == 0)
    return report_refuse(report, "empty", "",
                         "there is a header and no sound after it; record it again");
  uint64_t rest = bytes % layout->block;
  /* sox counts the byte that pads an odd chunk of GSM as sound. */
  bool padded = layout->codec == CODEC_GSM_PAIRS && rest == 1 && bytes > 1;
  if (rest != 0 && !padded)
    return report_refuse(report, "truncated", "",
                         "the sound's %" PRIu64
                         " bytes end inside a block of %u; "
                         "copy or make it again",
                         bytes, layout->block);
  layout->length = bytes - rest;
  if (layout->codec != CODEC_GSM_PAIRS)
    layout->samples = layout->length / layout->block;
  else
    layout->samples = layout->length / GSM_PAIR_BYTES * GSM_PAIR_SAMPLES;
  return true;
}

void header_warn_streamed(struct audio_report *report) {
  report_warn(report, "streamed", "sox --ignore-length IN OUT.wav", REPORT_EVERYWHERE,
              "the header does not say how long the sound is, as a pipe leaves it; some "
              "players refuse that, write it to a file");
}
