/* The order of things: what it is, whether it is whole, how it sounds. */
#include "audio/aiff.h"
#include "audio/au.h"
#include "audio/audio.h"
#include "audio/decoder.h"
#include "audio/kind.h"
#include "audio/mpeg.h"
#include "audio/raw.h"
#include "audio/wav.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BLOCK_SAMPLES = 16 * 1024 };

static const uint64_t default_bytes = (uint64_t)1 << 30;
static const double default_seconds = 4 * 3600;

static const char *ending(const char *name) {
  const char *dot = name ? strrchr(name, '.') : NULL;
  return dot && !strchr(dot, '/') ? dot + 1 : "";
}

static bool wants_ulaw(const struct audio_options *options) {
  static const char *const endings[] = {"ul", "ulaw", "mulaw", "pcmu"};
  if (options->raw_ulaw) return true;
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    if (strcasecmp(ending(options->name), endings[i]) == 0) return true;
  return false;
}

static bool check_size(const struct source *source, const struct audio_options *options,
                       struct audio_report *report) {
  uint64_t most = options->max_bytes ? options->max_bytes : default_bytes;
  report->bytes = source->size;
  if (source->size == 0)
    return report_refuse(report, "empty", "", "the file is empty; copy or make it again");
  if (source->size > most)
    return report_refuse(report, "too_large", "outdial audio fix IN OUT.wav",
                         "the file has %" PRIu64 " bytes and at most %" PRIu64
                         " are taken; shorten it",
                         source->size, most);
  return true;
}

static bool read_layout(struct source *source, enum container container,
                        struct layout *layout, struct audio_report *report) {
  switch (container) {
  case CONTAINER_WAV:
    return wav_read(source, layout, report);
  case CONTAINER_AIFF:
  case CONTAINER_AIFC:
    return aiff_read(source, layout, report);
  case CONTAINER_AU:
    return au_read(source, layout, report);
  case CONTAINER_MPEG:
    return mpeg_read(source, layout, report);
  case CONTAINER_GSM:
    return raw_read_gsm(source, layout, report);
  case CONTAINER_ULAW:
    return raw_read_ulaw(source, layout, report);
  default:
    return false;
  }
}

static bool refuse_long(struct audio_report *report, double most) {
  return report_refuse(report, "too_long", "sox IN OUT.wav trim 0 60",
                       "it goes on for more than %.0f s; shorten it", most);
}

/* Decodes all of it in blocks. */
static bool listen(struct decoder *decoder, const struct layout *layout, double most,
                   struct audio_report *report) {
  float *samples = malloc(BLOCK_SAMPLES * sizeof *samples);
  size_t frames = BLOCK_SAMPLES / (size_t)layout->channels;
  long got = samples ? 0 : -1;
  while (samples && (got = decoder_read(decoder, samples, frames)) > 0) {
    report->frames += (uint64_t)got;
    report->duration = (double)report->frames / layout->rate;
    if (report->duration > most) got = -1, refuse_long(report, most);
    if (got < 0) break;
  }
  free(samples);
  if (!samples) report_refuse(report, "memory", "", "out of memory; try again later");
  return got == 0;
}

static bool decode(struct source *source, const struct layout *layout,
                   const struct audio_options *options, struct audio_report *report) {
  double most = options->max_seconds > 0 ? options->max_seconds : default_seconds;
  if ((double)layout->samples > most * layout->rate) return refuse_long(report, most);
  struct decoder *decoder = decoder_open(source, layout, report);
  if (!decoder) return false;
  bool good = listen(decoder, layout, most, report);
  decoder_close(decoder);
  if (good && report->frames == 0)
    return report_refuse(report, "empty", "",
                         "there is a header and no sound after it; record it again");
  return good;
}

static void check(struct source *source, const struct audio_options *options,
                  struct audio_report *report) {
  struct layout layout = {0};
  if (!check_size(source, options, report)) return;
  enum container container = kind_find(source, wants_ulaw(options), report);
  bool whole = read_layout(source, container, &layout, report);
  report_layout(report, &layout);
  if (whole) decode(source, &layout, options, report);
  if (!source->failed) return;
  report->refused = false; /* what was found before is the failure's doing */
  report_refuse(report, "unreadable", "",
                "the file could not be read to its end, or changed meanwhile; try again");
}

void audio_check(const char *path, const struct audio_options *options,
                 struct audio_report *report) {
  struct audio_options chosen = options ? *options : (struct audio_options){0};
  struct source source;
  struct error error;
  *report = (struct audio_report){0};
  chosen.name = path;
  if (!input_open(&source, path, &error)) {
    report_refuse(report, error.code, "", "%s", error.message);
    return;
  }
  check(&source, &chosen, report);
  input_close(&source);
}

void audio_check_bytes(const void *bytes, size_t length,
                       const struct audio_options *options, struct audio_report *report) {
  struct audio_options chosen = options ? *options : (struct audio_options){0};
  struct source source;
  *report = (struct audio_report){0};
  input_borrow(&source, bytes, length);
  check(&source, &chosen, report);
  input_close(&source);
}
