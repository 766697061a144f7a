/* The order of things: what it is, whether it is whole, how it sounds. */
#include "audio/aiff.h"
#include "audio/au.h"
#include "audio/audio.h"
#include "audio/kind.h"
#include "audio/listen.h"
#include "audio/mpeg.h"
#include "audio/name.h"
#include "audio/phone.h"
#include "audio/raw.h"
#include "audio/wav.h"

#include <inttypes.h>
#include <stdlib.h>

static const uint64_t default_bytes = (uint64_t)1 << 30;
static const double default_seconds = 4 * 3600;

static bool check_size(const struct input *input, const struct audio_options *options,
                       struct audio_report *report) {
  uint64_t most = options->max_bytes ? options->max_bytes : default_bytes;
  report->bytes = input->size;
  if (input->size == 0)
    return report_refuse(report, "empty", "", "the file is empty; copy or make it again");
  if (input->size > most)
    return report_refuse(report, "too_large", "outdial audio fix IN OUT.wav",
                         "the file has %" PRIu64 " bytes and at most %" PRIu64
                         " are taken; shorten it",
                         input->size, most);
  return true;
}

static bool read_layout(struct input *input, enum container container,
                        struct layout *layout, struct audio_report *report) {
  switch (container) {
  case CONTAINER_WAV:
    return wav_read(input, layout, report);
  case CONTAINER_AIFF:
  case CONTAINER_AIFC:
    return aiff_read(input, layout, report);
  case CONTAINER_AU:
    return au_read(input, layout, report);
  case CONTAINER_MPEG:
    return mpeg_read(input, layout, report);
  case CONTAINER_GSM:
    return raw_read_gsm(input, layout, report);
  case CONTAINER_ULAW:
    return raw_read_ulaw(input, layout, report);
  default:
    return false;
  }
}

static bool hear(struct input *input, const struct layout *layout,
                 const struct audio_options *options, struct audio_report *report) {
  double most = options->max_seconds > 0 ? options->max_seconds : default_seconds;
  if ((double)layout->samples > most * layout->rate)
    return report_refuse(report, "too_long", "sox IN OUT.wav trim 0 60",
                         "it goes on for more than %.4g s; shorten it", most);
  return listen_to(input, layout, options, report);
}

static void check(struct input *input, const struct audio_options *options,
                  struct audio_report *report) {
  struct layout layout = {0};
  if (!check_size(input, options, report)) return;
  bool ulaw = options->raw_ulaw || name_wants_ulaw(options->name);
  enum container container = kind_find(input, ulaw, report);
  bool whole = read_layout(input, container, &layout, report);
  report_layout(report, &layout);
  if (report->container) name_judge(options->name, report);
  if (whole && hear(input, &layout, options, report)) phone_judge(report);
  free(layout.index);
  if (input->failed) report_unreadable(report);
}

void audio_check(const char *path, const struct audio_options *options,
                 struct audio_report *report) {
  struct audio_options chosen = options ? *options : (struct audio_options){0};
  struct input input;
  struct error error;
  *report = (struct audio_report){0};
  chosen.name = path;
  if (!input_open(&input, path, &error)) {
    report_refuse(report, error.code, "", "%s", error.message);
    return;
  }
  check(&input, &chosen, report);
  input_close(&input);
}

void audio_check_bytes(const void *bytes, size_t length,
                       const struct audio_options *options, struct audio_report *report) {
  struct audio_options chosen = options ? *options : (struct audio_options){0};
  struct input input;
  *report = (struct audio_report){0};
  input_borrow(&input, bytes, length);
  check(&input, &chosen, report);
  input_close(&input);
}
