#include "audio/hearing.h"

#include "audio/decimator.h"
#include "audio/level.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Squares of amplitudes, full scale being 1. */
static const double silence = 1e-5;   /* -50 dB: a slice below is silent … */
static const double hush = 1e-7;      /* … and -70 dB where all of it is faint, … */
static const double faint = 1e-3;     /* that is, no slice above -30 dB */
static const double sounding = 1e-4;  /* -40 dB: a hole is one only beside sound */
static const double edge = 0.025;     /* least jump into or out of a hole */
static const double hole_seconds = 2; /* a longer one is a pause */
static const double mark_gap = 0.1;   /* marks closer than this become one */

/* The silences, and the rest, as one threshold divides them. */
struct quiet {
  double below;
  uint64_t silent; /* frames of the present silence */
  uint64_t lead, pause, pause_at, sounding;
  double square; /* of what sounds */
};

struct hearing {
  int rate;
  struct audio_measures measures;
  struct level *level;
  struct spectrum spectrum;
  uint64_t frames;
  struct quiet plain, strict;
  double sum, square;
  double parts;         /* square of the channels, unmixed */
  double peak, loudest; /* of the samples; mean square of the slices */
  struct slice before;  /* the last slice that was not flat */
  uint64_t hole;        /* frames of the present one */
  float hole_value;
  double entry; /* jump into it */
};

struct hearing *hearing_new(const struct layout *layout, bool level) {
  struct hearing *hearing = calloc(1, sizeof *hearing);
  if (!hearing) return NULL;
  hearing->rate = layout->rate;
  hearing->plain.below = silence;
  hearing->strict.below = hush;
  hearing->level = level_new(layout->rate / (int)decimator_factor(layout->rate), level);
  if (hearing->level) return hearing;
  free(hearing);
  return NULL;
}

static double seconds(const struct hearing *hearing, uint64_t frames) {
  return (double)frames / hearing->rate;
}

static bool louder(const struct slice *slice, double square) {
  return slice->frames > 0 && (double)slice->square >= square * slice->frames;
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

/* Lost data leaves one value in its place, and a jump at either end, which a voice that
 * falls silent does not. */
static void leave_hole(struct hearing *hearing, const struct slice *slice) {
  float other = slice->first == hearing->hole_value ? slice->second : slice->first;
  double jump = fabs((double)other - (double)hearing->hole_value);
  double length = seconds(hearing, hearing->hole);
  double end = seconds(hearing, hearing->frames);
  hearing->hole = 0;
  if (length > hole_seconds || fmin(jump, hearing->entry) < edge) return;
  if (!louder(&hearing->before, sounding) || !louder(slice, sounding)) return;
  hearing->measures.dropouts++;
  mark(hearing, "dropout", end - length, end);
}

static void enter_hole(struct hearing *hearing, const struct slice *slice) {
  const struct slice *before = &hearing->before;
  float other = before->last == slice->first ? before->penult : before->last;
  hearing->hole_value = slice->first;
  hearing->entry = fabs((double)other - (double)slice->first);
}

static void follow_holes(struct hearing *hearing, const struct slice *slice) {
  if (slice->low == slice->high) {
    if (hearing->hole == 0) enter_hole(hearing, slice);
    hearing->hole += slice->frames;
    return;
  }
  if (hearing->hole > 0) leave_hole(hearing, slice);
  hearing->before = *slice;
}

static void follow_silence(struct hearing *hearing, struct quiet *quiet,
                           const struct slice *slice) {
  if (!louder(slice, quiet->below)) {
    quiet->silent += slice->frames;
    return;
  }
  if (quiet->sounding == 0)
    quiet->lead = quiet->silent;
  else if (quiet->silent > quiet->pause) {
    quiet->pause = quiet->silent;
    quiet->pause_at = hearing->frames - quiet->silent;
  }
  quiet->silent = 0;
  quiet->sounding += slice->frames;
  quiet->square += (double)slice->square;
}

static void add_slice(struct hearing *hearing, const struct slice *slice) {
  double high = fmax((double)slice->high, -(double)slice->low);
  double start = seconds(hearing, hearing->frames);
  hearing->sum += (double)slice->sum;
  hearing->square += (double)slice->square;
  hearing->parts += (double)slice->parts;
  hearing->peak = fmax(hearing->peak, high);
  follow_holes(hearing, slice);
  follow_silence(hearing, &hearing->plain, slice);
  follow_silence(hearing, &hearing->strict, slice);
  hearing->loudest = fmax(hearing->loudest, (double)slice->square / slice->frames);
  level_note(hearing->level, (double)slice->square / slice->frames,
             seconds(hearing, slice->frames));
  hearing->frames += slice->frames;
  hearing->measures.clipped += slice->clipped;
  if (slice->clipped > 0)
    mark(hearing, "clipped", start, seconds(hearing, hearing->frames));
}

bool hearing_add(struct hearing *hearing, const struct segment *segment) {
  for (size_t i = 0; i < segment->slice_count; i++)
    add_slice(hearing, &segment->slices[i]);
  hearing->spectrum.below += segment->spectrum.below;
  hearing->spectrum.above += segment->spectrum.above;
  return level_add(hearing->level, segment->phone, segment->phone_count);
}

static double decibels(double square) {
  return square > 0 ? 10 * log10(square) : -HUGE_VAL;
}

bool hearing_in_doubt(const struct hearing *hearing) {
  return level_in_doubt(hearing->level);
}

static void set_silences(const struct hearing *hearing, struct audio_measures *measures) {
  bool quiet_voice = hearing->loudest < faint && hearing->strict.sounding > 0;
  const struct quiet *quiet = quiet_voice ? &hearing->strict : &hearing->plain;
  bool sounds = quiet->sounding > 0;
  measures->lead = seconds(hearing, sounds ? quiet->lead : quiet->silent);
  measures->tail = seconds(hearing, quiet->silent);
  measures->pause = seconds(hearing, quiet->pause);
  measures->pause_at = seconds(hearing, quiet->pause_at);
  measures->rms = decibels(sounds ? quiet->square / (double)quiet->sounding : 0);
}

void hearing_finish(struct hearing *hearing, struct audio_measures *measures) {
  double frames = (double)hearing->frames;
  *measures = hearing->measures;
  set_silences(hearing, measures);
  measures->peak = decibels(hearing->peak * hearing->peak);
  measures->offset = hearing->sum / frames;
  measures->wide = spectrum_wide(&hearing->spectrum);
  measures->level = level_finish(hearing->level);
  measures->cancelled =
      hearing->parts >= silence * frames && hearing->square < hearing->parts / 100;
}

void hearing_free(struct hearing *hearing) {
  if (!hearing) return;
  level_free(hearing->level);
  free(hearing);
}
