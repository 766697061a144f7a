/* The order of things: what it is, whether it is whole, how it sounds. */
#include "audio/aiff.h"
#include "audio/au.h"
#include "audio/audio.h"
#include "audio/decoder.h"
#include "audio/hearing.h"
#include "audio/kind.h"
#include "audio/mpeg.h"
#include "audio/name.h"
#include "audio/phone.h"
#include "audio/raw.h"
#include "audio/wav.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCK_SAMPLES = 16 * 1024, SAMPLE_MOST = 100 };

static const uint64_t default_bytes = (uint64_t)1 << 30;
static const double default_seconds = 4 * 3600;

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

static bool refuse_memory(struct audio_report *report) {
  return report_refuse(report, "memory", "", "out of memory; try again later");
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
                       "it goes on for more than %.4g s; shorten it", most);
}

/* Where samples are not whole numbers they can be no numbers at all, or beyond measure.
 */
static bool check_samples(const float *samples, size_t count,
                          struct audio_report *report) {
  for (size_t i = 0; i < count; i++)
    if (!(fabsf(samples[i]) <= SAMPLE_MOST))
      return report_refuse(report, "corrupt", "",
                           "near %.2f s its samples are far beyond full scale; copy or "
                           "make it again",
                           report->duration);
  return true;
}

struct listening {
  struct decoder *decoder;
  struct hearing *hearing;
  const struct layout *layout;
  struct audio_report *report;
  double most; /* seconds */
};

static bool take_block(struct listening *ear, const float *samples, size_t frames) {
  struct audio_report *report = ear->report;
  bool whole_numbers =
      ear->layout->codec != CODEC_FLOAT && ear->layout->codec != CODEC_MPEG3;
  size_t count = frames * (size_t)ear->layout->channels;
  if (!whole_numbers && !check_samples(samples, count, report)) return false;
  report->frames += frames;
  report->duration = (double)report->frames / ear->layout->rate;
  if (report->duration > ear->most) return refuse_long(report, ear->most);
  return hearing_add(ear->hearing, samples, frames) || refuse_memory(report);
}

/* Decodes all of it in blocks of whole slices. */
static bool listen(struct listening *ear) {
  size_t channels = (size_t)ear->layout->channels, slice = hearing_slice(ear->layout);
  size_t frames = BLOCK_SAMPLES / channels / slice * slice;
  float *samples = malloc(BLOCK_SAMPLES * sizeof *samples);
  if (!samples) return refuse_memory(ear->report);
  long got;
  while ((got = decoder_read(ear->decoder, samples, frames)) > 0)
    if (!take_block(ear, samples, (size_t)got)) break;
  free(samples);
  return got == 0;
}

static bool hear(struct source *source, const struct layout *layout,
                 const struct audio_options *options, struct audio_report *report) {
  struct listening ear = {.layout = layout, .report = report};
  ear.most = options->max_seconds > 0 ? options->max_seconds : default_seconds;
  if ((double)layout->samples > ear.most * layout->rate)
    return refuse_long(report, ear.most);
  ear.decoder = decoder_open(source, layout, report);
  if (!ear.decoder) return false;
  ear.hearing = hearing_new(layout, options->figures);
  bool good = ear.hearing ? listen(&ear) : refuse_memory(report);
  if (good && report->frames == 0)
    good = report_refuse(report, "empty", "",
                         "there is a header and no sound after it; record it again");
  if (good) hearing_finish(ear.hearing, &report->measures);
  report->heard = good;
  hearing_free(ear.hearing);
  decoder_close(ear.decoder);
  return good;
}

static void check(struct source *source, const struct audio_options *options,
                  struct audio_report *report) {
  struct layout layout = {0};
  if (!check_size(source, options, report)) return;
  bool ulaw = options->raw_ulaw || name_wants_ulaw(options->name);
  enum container container = kind_find(source, ulaw, report);
  bool whole = read_layout(source, container, &layout, report);
  report_layout(report, &layout);
  if (report->container) name_judge(options->name, report);
  if (whole && hear(source, &layout, options, report)) phone_judge(report);
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
