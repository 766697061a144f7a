#include "audio/hearing.h"

#include "audio/level.h"
#include "audio/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES_A_SECOND = 100 };

/* Squares of amplitudes, full scale being 1. */
static const double silence = 1e-5;   /* -50 dB: a slice below is silent */
static const double sounding = 1e-4;  /* -40 dB: a hole is one only beside sound */
static const double edge = 0.02;      /* least jump into or out of a hole */
static const double hole_seconds = 2; /* a longer one is a pause */
static const double mark_gap = 0.1;   /* marks closer than this become one */

struct slice {
  double sum, square; /* of the samples; `square` about their mean */
  float low, high;
  float first, last;
  bool flat; /* one value throughout */
};

struct hearing {
  struct layout layout;
  struct audio_measures measures;
  struct level *level;
  struct spectrum spectrum;
  float *mono;
  size_t mono_frames;
  float limit;      /* samples from here on are at full scale */
  size_t run_least; /* so many of them in a row are clipped */
  size_t run[8];    /* samples at full scale in a row, per channel */
  uint64_t frames, silent, loud_frames;
  double sum, square, loud_square, parts_square; /* parts: of the channels, unmixed */
  float peak;
  bool heard_sound;
  double pause_start;  /* of the longest pause, in seconds */
  struct slice before; /* the last slice that was not flat */
  uint64_t flat;       /* slices in the present hole */
  float flat_value;
  double entry; /* jump into it */
};

/* The loudest sample each codec has; a run there is a wave cut off. Coarse steps make
 * short runs in the laws' whole waves. */
static void set_limit(struct hearing *hearing) {
  hearing->run_least = 3;
  hearing->limit = 0.9999f;
  switch (hearing->layout.codec) {
  case CODEC_ULAW:
    hearing->limit = 0.98f, hearing->run_least = 6;
    break;
  case CODEC_ALAW:
    hearing->limit = 0.984f, hearing->run_least = 6;
    break;
  case CODEC_GSM:
  case CODEC_GSM_PAIRS:
    hearing->limit = 0.999f;
    break;
  case CODEC_PCM:
    if (hearing->layout.bits == 8) hearing->limit = 0.992f, hearing->run_least = 4;
    break;
  default:
    break;
  }
}

struct hearing *hearing_new(const struct layout *layout, bool figures) {
  struct hearing *hearing = calloc(1, sizeof *hearing);
  if (!hearing) return NULL;
  hearing->layout = *layout;
  hearing->spectrum.rate = layout->rate;
  hearing->level = level_new(layout->rate, figures);
  set_limit(hearing);
  if (hearing->level) return hearing;
  hearing_free(hearing);
  return NULL;
}

size_t hearing_slice(const struct layout *layout) {
  return (size_t)(layout->rate / SLICES_A_SECOND);
}

static double seconds(const struct hearing *hearing, uint64_t frames) {
  return (double)frames / hearing->layout.rate;
}

static void mark(struct hearing *hearing, const char *code, double start, double end) {
  struct audio_measures *measures = &hearing->measures;
  for (size_t i = measures->mark_count; i-- > 0;) {
    struct audio_mark *last = &measures->marks[i];
    if (strcmp(last->code, code) != 0) continue;
    if (start - last->end > mark_gap) break;
    last->end = end;
    return;
  }
  if (measures->mark_count == AUDIO_MARKS) return;
  measures->marks[measures->mark_count++] = (struct audio_mark){code, start, end};
}

static void measure_slice(const float *mono, size_t count, struct slice *slice) {
  float low = mono[0], high = mono[0];
  double sum = 0, square = 0;
  for (size_t i = 0; i < count; i++) {
    float sample = mono[i];
    low = sample < low ? sample : low;
    high = sample > high ? sample : high;
    sum += (double)sample;
    square += (double)sample * (double)sample;
  }
  double spread = square - sum * sum / (double)count;
  *slice = (struct slice){.sum = sum,
                          .square = spread > 0 ? spread : 0,
                          .low = low,
                          .high = high,
                          .first = mono[0],
                          .last = mono[count - 1],
                          .flat = low == high};
}

/* The last sample that differs from the value a hole begins with. */
static float last_other(const float *mono, size_t count, float value) {
  while (count > 1 && mono[count - 1] == value) count--;
  return mono[count - 1];
}

static float first_other(const float *mono, size_t count, float value) {
  size_t i = 0;
  while (i + 1 < count && mono[i] == value) i++;
  return mono[i];
}

static void leave_hole(struct hearing *hearing, const struct slice *slice,
                       const float *mono, size_t count) {
  double jump = fabs(first_other(mono, count, hearing->flat_value) - hearing->flat_value);
  double length = (double)hearing->flat / SLICES_A_SECOND;
  bool beside = hearing->before.square >= sounding * (double)count &&
                slice->square >= sounding * (double)count;
  double end = seconds(hearing, hearing->frames);
  hearing->flat = 0;
  if (!beside || length > hole_seconds || fmax(jump, hearing->entry) < edge) return;
  hearing->measures.dropouts++;
  mark(hearing, "dropout", end - length, end);
}

static void follow_holes(struct hearing *hearing, const struct slice *slice,
                         const float *mono, size_t count) {
  if (slice->flat) {
    if (hearing->flat++ > 0) return;
    hearing->flat_value = slice->first;
    /* `last` of the slice before was kept as the last value that differs from its end. */
    float value = hearing->before.last == slice->first ? hearing->before.first
                                                       : hearing->before.last;
    hearing->entry = fabs((double)value - (double)slice->first);
    return;
  }
  if (hearing->flat > 0) leave_hole(hearing, slice, mono, count);
  hearing->before = *slice;
  hearing->before.first = last_other(mono, count, slice->last);
}

static void follow_silence(struct hearing *hearing, const struct slice *slice,
                           size_t count) {
  struct audio_measures *measures = &hearing->measures;
  if (slice->square < silence * (double)count) {
    hearing->silent += count;
    return;
  }
  double gap = seconds(hearing, hearing->silent);
  if (!hearing->heard_sound)
    measures->lead = gap;
  else if (gap > measures->pause) {
    measures->pause = gap;
    measures->pause_at = seconds(hearing, hearing->frames) - gap;
  }
  hearing->heard_sound = true;
  hearing->silent = 0;
  hearing->loud_frames += count;
  hearing->loud_square += slice->square;
}

static void count_clipped(struct hearing *hearing, const float *samples, size_t frames) {
  size_t channels = (size_t)hearing->layout.channels, found = 0;
  for (size_t channel = 0; channel < channels; channel++) {
    size_t run = hearing->run[channel];
    for (size_t i = 0; i < frames; i++) {
      run = fabsf(samples[i * channels + channel]) >= hearing->limit ? run + 1 : 0;
      if (run == hearing->run_least)
        found += run;
      else if (run > hearing->run_least)
        found++;
    }
    hearing->run[channel] = run;
  }
  if (found == 0) return;
  hearing->measures.clipped += found;
  double start = seconds(hearing, hearing->frames);
  mark(hearing, "clipped", start, start + seconds(hearing, frames));
}

static void hear_slice(struct hearing *hearing, const float *samples, const float *mono,
                       size_t frames) {
  struct slice slice;
  float high = 0;
  measure_slice(mono, frames, &slice);
  hearing->sum += slice.sum;
  high = fmaxf(slice.high, -slice.low);
  hearing->peak = fmaxf(hearing->peak, high);
  if (hearing->layout.channels > 1) {
    struct slice parts;
    measure_slice(samples, frames * (size_t)hearing->layout.channels, &parts);
    hearing->parts_square += parts.square;
    high = fmaxf(parts.high, -parts.low);
  }
  if (high >= hearing->limit)
    count_clipped(hearing, samples, frames);
  else
    memset(hearing->run, 0, sizeof hearing->run);
  follow_holes(hearing, &slice, mono, frames);
  follow_silence(hearing, &slice, frames);
  level_note(hearing->level, slice.square, frames);
  hearing->square += slice.square;
  hearing->frames += frames;
}

static const float *mix(struct hearing *hearing, const float *samples, size_t frames) {
  size_t channels = (size_t)hearing->layout.channels;
  if (channels == 1) return samples;
  if (frames > hearing->mono_frames) {
    free(hearing->mono);
    hearing->mono = malloc(frames * sizeof *hearing->mono);
    hearing->mono_frames = hearing->mono ? frames : 0;
    if (!hearing->mono) return NULL;
  }
  for (size_t i = 0; i < frames; i++) {
    float sum = 0;
    for (size_t channel = 0; channel < channels; channel++)
      sum += samples[i * channels + channel];
    hearing->mono[i] = sum / (float)channels;
  }
  return hearing->mono;
}

bool hearing_add(struct hearing *hearing, const float *samples, size_t frames) {
  size_t slice = hearing_slice(&hearing->layout);
  const float *mono = mix(hearing, samples, frames);
  if (!mono || !level_add(hearing->level, mono, frames)) return false;
  if (hearing->layout.rate > 2 * SPECTRUM_CUT + 1200)
    spectrum_add(&hearing->spectrum, mono, frames);
  for (size_t at = 0; at < frames; at += slice) {
    size_t count = frames - at < slice ? frames - at : slice;
    const float *all = samples + at * (size_t)hearing->layout.channels;
    hear_slice(hearing, all, mono + at, count);
  }
  return true;
}

static double decibels(double square) {
  return square > 0 ? 10 * log10(square) : -HUGE_VAL;
}

void hearing_finish(struct hearing *hearing, struct audio_measures *measures) {
  double frames = (double)hearing->frames;
  *measures = hearing->measures;
  measures->tail = seconds(hearing, hearing->silent);
  if (!hearing->heard_sound) measures->lead = measures->tail;
  measures->peak = decibels((double)hearing->peak * (double)hearing->peak);
  measures->offset = frames > 0 ? hearing->sum / frames : 0;
  measures->rms = hearing->loud_frames
                      ? decibels(hearing->loud_square / (double)hearing->loud_frames)
                      : decibels(0);
  measures->wide = spectrum_wide(&hearing->spectrum);
  measures->level = level_finish(hearing->level);
  double parts = hearing->parts_square / hearing->layout.channels;
  measures->cancelled = parts >= silence * frames && hearing->square < parts / 100;
}

void hearing_free(struct hearing *hearing) {
  if (!hearing) return;
  level_free(hearing->level);
  free(hearing->mono);
  free(hearing);
}
