#include "audio/recording.h"

#include "audio/aiff.h"
#include "audio/au.h"
#include "audio/kind.h"
#include "audio/mpeg.h"
#include "audio/name.h"
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
    return report_refuse(report, "too_large", "",
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

static bool check_length(const struct layout *layout, const struct audio_options *options,
                         struct audio_report *report) {
  double most = options->max_seconds > 0 ? options->max_seconds : default_seconds;
  if ((double)layout->samples <= most * layout->rate) return true;
  return report_refuse(report, "too_long", "sox IN OUT.wav trim 0 60",
                       "it goes on for more than %.4g s; shorten it", most);
}

static bool read_all(struct recording *recording, const char *name,
                     const struct audio_options *options, struct audio_report *report) {
  struct input *input = &recording->input;
  struct layout *layout = &recording->layout;
  if (!check_size(input, options, report)) return false;
  bool ulaw = options->raw_ulaw || name_wants_ulaw(name);
  enum container container = kind_find(input, ulaw, report);
  bool good = read_layout(input, container, layout, report) &&
              check_length(layout, options, report);
  report_layout(report, layout);
  if (report->container) name_judge(name, report);
  if (!input->failed) return good;
  report_unreadable(report);
  return false;
}

bool recording_open(struct recording *recording, const char *path,
                    const struct audio_options *options, struct audio_report *report) {
  struct error error;
  *recording = (struct recording){.input = {.file = -1}};
  if (!input_open(&recording->input, path, &error))
    return report_refuse(report, error.code, "", "%s", error.message);
  return read_all(recording, path, options, report);
}

bool recording_borrow(struct recording *recording, const void *bytes, size_t length,
                      const struct audio_options *options, struct audio_report *report) {
  *recording = (struct recording){.input = {.file = -1}};
  input_borrow(&recording->input, bytes, length);
  return read_all(recording, options->name, options, report);
}

void recording_close(struct recording *recording) {
  free(recording->layout.index);
  recording->layout.index = NULL;
  input_close(&recording->input);
}
