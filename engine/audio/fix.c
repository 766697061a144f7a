/* Makes of a recording what a phone call wants. */
#include "audio/audio.h"
#include "audio/level.h"
#include "audio/mixdown.h"
#include "audio/name.h"
#include "audio/resampler.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Seconds of silence that are left at the start and at the end. */
static const double lead_kept = 0.2, tail_kept = 0.3;
static const double gain_most = 100; /* 40 dB */
static const double knee = 0.7;      /* of full scale: above, peaks are pressed down */

struct fix {
  struct error *error;
  struct resampler *resampler;
  SNDFILE *out;
  float gain;
  bool begun;
  double last_in, last_out, keep; /* of the filter that takes the DC */
  uint64_t position, first, end;  /* samples that came out, and which of them are kept */
};

static float press(float sample) {
  double size = fabs((double)sample), room = 0.98 - knee;
  if (size <= knee) return sample;
  double pressed = knee + room * tanh((size - knee) / room);
  return (float)copysign(pressed, (double)sample);
}

static bool write_samples(struct fix *fix, float *samples, size_t count) {
  uint64_t start = fix->position, end = start + count;
  fix->position = end;
  if (start < fix->first) start = fix->first;
  if (end > fix->end) end = fix->end;
  if (start >= end) return true;
  float *kept = samples + (start - (fix->position - count));
  for (uint64_t i = 0; i < end - start; i++) kept[i] = press(kept[i] * fix->gain);
  sf_count_t wanted = (sf_count_t)(end - start);
  if (sf_write_float(fix->out, kept, wanted) == wanted) return true;
  return error_set(fix->error, "unwritable", "it can't be written: %s",
                   sf_strerror(fix->out));
}

/* A high-pass at 20 Hz: the middle line may move in the course of a recording. */
static float centre(struct fix *fix, float sample) {
  double in = (double)sample;
  if (!fix->begun) fix->last_in = in;
  fix->begun = true;
  fix->last_out = in - fix->last_in + fix->keep * fix->last_out;
  fix->last_in = in;
  return (float)fix->last_out;
}

static bool take(void *context, const float *mono, size_t count) {
  struct fix *fix = context;
  float level[MIXDOWN_MOST];
  for (size_t i = 0; i < count; i++) level[i] = centre(fix, mono[i]);
  size_t most = resampler_most(fix->resampler, count);
  float *out = malloc(most * sizeof *out);
  if (!out) return error_set(fix->error, "memory", "out of memory; try again later");
  size_t got = resampler_run(fix->resampler, level, count, out);
  bool good = write_samples(fix, out, got);
  free(out);
  return good;
}

static void plan(struct fix *fix, const struct audio_report *report) {
  const struct audio_measures *heard = &report->measures;
  double level = isnan(heard->level) ? heard->rms : heard->level; /* very short ones */
  double start = fmax(0, heard->lead - lead_kept);
  double end = report->duration - fmax(0, heard->tail - tail_kept);
  fix->gain = (float)fmin(pow(10, (LEVEL_TARGET - level) / 20), gain_most);
  fix->keep = 1 - 2 * M_PI * 20 / report->rate;
  fix->first = (uint64_t)(start * RESAMPLER_RATE);
  fix->end = (uint64_t)ceil(end * RESAMPLER_RATE);
}

/* WAV or, by its name, raw u-law. */
static bool choose_format(const char *out, SF_INFO *info, struct error *error) {
  const char *dot = strrchr(out, '.');
  *info = (SF_INFO){.samplerate = RESAMPLER_RATE, .channels = 1};
  info->format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  if (name_wants_ulaw(out))
    info->format = SF_FORMAT_RAW | SF_FORMAT_ULAW;
  else if (!dot || strcasecmp(dot, ".wav") != 0)
    return error_set(error, "name",
                     "a fixed file is named .wav (16-bit PCM) or .ulaw (raw u-law)");
  return true;
}

static bool convert(struct recording *recording, struct audio_report *report,
                    struct fix *fix) {
  fix->resampler = resampler_new(report->rate);
  if (!fix->resampler)
    return error_set(fix->error, "memory", "out of memory; try again later");
  plan(fix, report);
  bool good = mixdown(recording, take, fix, report) && take(fix, NULL, 0);
  if (!good && report->refused)
    error_set(fix->error, report->reason, "%s", report->message);
  resampler_free(fix->resampler);
  return good;
}

/* Under another name first: a file that is there under its own is whole. */
static bool write_file(struct recording *recording, struct audio_report *report,
                       const char *out, struct error *error) {
  SF_INFO info;
  char part[4096];
  if (!choose_format(out, &info, error)) return false;
  if (snprintf(part, sizeof part, "%s.part", out) >= (int)sizeof part)
    return error_set(error, "name", "the name is too long");
  struct fix fix = {.error = error, .out = sf_open(part, SFM_WRITE, &info)};
  if (!fix.out) {
    unlink(part); /* it may have been made before the disk was seen to be full */
    return error_set(error, "unwritable",
                     "%s can't be written; check its folder and the room on the disk",
                     out);
  }
  sf_command(fix.out, SFC_SET_CLIPPING, NULL, SF_TRUE);
  bool good = convert(recording, report, &fix);
  if (sf_close(fix.out) != 0 && good)
    good = error_set(error, "unwritable", "%s can't be written to its end", out);
  if (good && rename(part, out) != 0)
    good =
        error_set(error, "unwritable", "%s can't be written: %s", out, strerror(errno));
  if (!good) unlink(part);
  return good;
}

bool audio_fix(const char *in, const char *out, const struct audio_options *options,
               struct error *error) {
  struct recording recording;
  struct audio_report report;
  if (!mixdown_open(&recording, in, out, options, &report, error)) return false;
  bool good =
      report.measures.rms > -HUGE_VAL
          ? write_file(&recording, &report, out, error)
          : error_set(error, "silent", "there is nothing to hear in it; record it again");
  recording_close(&recording);
  return good;
}
