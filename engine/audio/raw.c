#include "audio/raw.h"

#include "audio/header.h"

#include <inttypes.h>

enum {
  TELEPHONE_RATE = 8000,
  GSM_MARK = 0xd, /* the first four bits of every frame */
  CHAIN = 8,      /* frames in a row that are no accident */
  CHAIN_LEAST = 3,
  REACH = 4096, /* bytes looked through for the first frame */
  EVEN_LEAST = 4096,
};

static bool marked(struct input *input, uint64_t at) {
  const unsigned char *byte = input_view(input, at, 1);
  return byte && *byte >> 4 == GSM_MARK;
}

static bool chain_at(struct input *input, uint64_t at) {
  uint64_t frames = (input->size - at) / GSM_FRAME_BYTES;
  if (frames < CHAIN_LEAST) return false;
  for (uint64_t i = 0; i < frames && i < CHAIN; i++)
    if (!marked(input, at + i * GSM_FRAME_BYTES)) return false;
  return true;
}

uint64_t raw_find_gsm(struct input *input) {
  if (chain_at(input, 0)) return 0;
  /* Away from the start only a full chain is proof enough. */
  uint64_t full = (uint64_t)CHAIN * GSM_FRAME_BYTES;
  for (uint64_t at = 1; at < REACH && at + full <= input->size; at++)
    if (chain_at(input, at)) return at;
  return UINT64_MAX;
}

static bool check_marks(struct input *input, struct audio_report *report) {
  uint64_t frames = input->size / GSM_FRAME_BYTES;
  for (uint64_t i = 0; i < frames; i++) {
    if (marked(input, i * GSM_FRAME_BYTES)) continue;
    if (input->failed) return false;
    return report_refuse(report, "corrupt", "",
                         "at byte %" PRIu64
                         " (%.2f s) a GSM frame should begin and does not: bytes are "
                         "missing, changed or foreign; copy or make the file again",
                         i * GSM_FRAME_BYTES,
                         (double)i * GSM_FRAME_SAMPLES / TELEPHONE_RATE);
  }
  return true;
}

static void set_telephone(struct layout *layout, uint64_t size) {
  layout->rate = TELEPHONE_RATE;
  layout->channels = 1;
  layout->length = size;
}

bool raw_read_gsm(struct input *input, struct layout *layout,
                  struct audio_report *report) {
  layout->container = CONTAINER_GSM;
  layout->codec = CODEC_GSM;
  layout->block = GSM_FRAME_BYTES;
  set_telephone(layout, input->size / GSM_FRAME_BYTES * GSM_FRAME_BYTES);
  uint64_t start = raw_find_gsm(input), rest = input->size % GSM_FRAME_BYTES;
  if (start > 0)
    return report_refuse(report, "junk", "",
                         "%" PRIu64
                         " bytes that are no sound stand before the first GSM frame; cut "
                         "them off",
                         start);
  if (!check_marks(input, report)) return false;
  if (rest > 0)
    return report_refuse(report, "truncated", "",
                         "the last GSM frame lacks %" PRIu64
                         " of its 33 bytes; copy or make the file again",
                         GSM_FRAME_BYTES - rest);
  layout->samples = layout->length / GSM_FRAME_BYTES * GSM_FRAME_SAMPLES;
  return true;
}

/* Sound favours some of the 256 codes by far; compressed or random bytes favour none, and
 * then the sum below is near 255 for any length. */
static bool evenly_spread(struct input *input) {
  uint64_t counts[256] = {0};
  uint64_t size = input->size < INPUT_WINDOW ? input->size : INPUT_WINDOW;
  const unsigned char *bytes = input_view(input, 0, (size_t)size);
  if (!bytes || size < EVEN_LEAST) return false;
  for (uint64_t i = 0; i < size; i++) counts[bytes[i]]++;
  double expected = (double)size / 256, sum = 0;
  for (int i = 0; i < 256; i++) {
    double difference = (double)counts[i] - expected;
    sum += difference * difference / expected;
  }
  return sum < 512;
}

static bool all_zero(struct input *input) {
  for (uint64_t at = 0; at < input->size; at++) {
    const unsigned char *byte = input_view(input, at, 1);
    if (!byte || *byte != 0) return false;
  }
  return true;
}

bool raw_read_ulaw(struct input *input, struct layout *layout,
                   struct audio_report *report) {
  if (all_zero(input))
    return report_refuse(report, "foreign", "",
                         "all of its bytes are zero, as a failed download leaves them; "
                         "copy the file again");
  if (evenly_spread(input))
    return report_refuse(
        report, "foreign", "",
        "its bytes are spread as in compressed or encrypted data and not "
        "as in u-law sound; check what the file is");
  layout->container = CONTAINER_ULAW;
  layout->codec = CODEC_ULAW;
  layout->bits = 8;
  layout->block = 1;
  set_telephone(layout, input->size);
  layout->samples = input->size;
  return true;
}
