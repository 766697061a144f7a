#include "audio/phone.h"

#include "audio/level.h"
#include "audio/report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { PHONE_RATE = 8000 };

static const double short_seconds = 0.3;
static const double long_seconds = 600;
static const double lead_most = 1;  /* a person says hello again, or hangs up */
static const double tail_most = 3;  /* the line is paid for */
static const double pause_most = 4; /* it sounds as if the call were over */
static const double offset_most = 0.02;
static const double wide_most = 0.05;
static const double clipped_share = 1e-4;
enum { CLIPPED_LEAST = 10 };

#define DECLIP "ffmpeg -i IN -af adeclip OUT.wav"
#define SHORTEN_PAUSES "sox IN OUT.wav silence -l 1 0.1 0.3% -1 2.0 0.3%"

static struct report_span place(const struct audio_measures *measures, const char *code) {
  for (size_t i = 0; i < measures->mark_count; i++)
    if (strcmp(measures->marks[i].code, code) == 0)
      return (struct report_span){measures->marks[i].start, measures->marks[i].end};
  return REPORT_EVERYWHERE;
}

static void judge_form(struct audio_report *report) {
  if (report->rate != PHONE_RATE)
    report_warn(
        report, "rate", REPORT_FIX, REPORT_EVERYWHERE,
        "its sample rate is %d Hz and a phone call's 8000; some services refuse or "
        "garble that, convert it",
        report->rate);
  if (report->channels > 1)
    report_warn(report, "channels", REPORT_FIX, REPORT_EVERYWHERE,
                "it has %d channels and a phone call one; mix them", report->channels);
  if (strcmp(report->codec, "float") == 0 || report->bits > 16)
    report_warn(
        report, "bits", REPORT_FIX, REPORT_EVERYWHERE,
        "its samples are %s of %d bits and many services take 16 at most; convert "
        "it",
        strcmp(report->codec, "float") == 0 ? "floating-point numbers" : "numbers",
        report->bits);
  if (report->duration < short_seconds)
    report_warn(report, "short", "sox IN OUT.wav pad 0.3 0.3", REPORT_EVERYWHERE,
                "it lasts %.2f s; that is over before anybody listens, record it again",
                report->duration);
  if (report->duration > long_seconds)
    report_warn(
        report, "long", "sox IN OUT.wav trim 0 60", REPORT_EVERYWHERE,
        "it lasts %.0f minutes, which hardly anybody hears to the end; shorten it",
        report->duration / 60);
}

static void judge_level(struct audio_report *report, const struct audio_measures *heard) {
  if (heard->level < LEVEL_QUIET)
    report_warn(
        report, "quiet", REPORT_FIX, REPORT_EVERYWHERE,
        "it is quiet: %.1f LUFS, where a call needs more than %d; raise the level",
        heard->level, LEVEL_QUIET);
  if (heard->level > LEVEL_LOUD)
    report_warn(
        report, "loud", REPORT_FIX, REPORT_EVERYWHERE,
        "it is loud: %.1f LUFS, which a phone network distorts above %d; lower the "
        "level",
        heard->level, LEVEL_LOUD);
  double samples = (double)report->frames * report->channels;
  if (heard->clipped < CLIPPED_LEAST || (double)heard->clipped < samples * clipped_share)
    return;
  report_warn(report, "clipped", DECLIP, place(heard, "clipped"),
              "%" PRIu64
              " samples are cut off at full scale, first at %.2f s, and sound "
              "harsh; record it again with less gain",
              heard->clipped, place(heard, "clipped").start);
}

static void judge_silence(struct audio_report *report,
                          const struct audio_measures *heard) {
  double end = report->duration;
  if (heard->lead > lead_most)
    report_warn(report, "silent_start", REPORT_FIX, (struct report_span){0, heard->lead},
                "it begins with %.1f s of silence; whoever answers may hang up, cut it",
                heard->lead);
  if (heard->tail > tail_most)
    report_warn(
        report, "silent_end", REPORT_FIX, (struct report_span){end - heard->tail, end},
        "it ends with %.1f s of silence, which keep the line busy; cut it", heard->tail);
  if (heard->pause > pause_most)
    report_warn(report, "pause", SHORTEN_PAUSES,
                (struct report_span){heard->pause_at, heard->pause_at + heard->pause},
                "there are %.1f s of silence in the middle, from %.1f s on; shorten them",
                heard->pause, heard->pause_at);
  if (heard->dropouts > 0)
    report_warn(report, "dropout", "", place(heard, "dropout"),
                "the sound is torn %s, first at %.2f s, as where data was lost; copy or "
                "record it again",
                heard->dropouts == 1 ? "once" : "more than once",
                place(heard, "dropout").start);
}

static void judge_colour(struct audio_report *report,
                         const struct audio_measures *heard) {
  if (fabs(heard->offset) > offset_most)
    report_warn(report, "offset", REPORT_FIX, REPORT_EVERYWHERE,
                "its middle line is off by %.1f %% of full scale (DC), which clicks and "
                "takes level; filter it",
                heard->offset * 100);
  if (heard->wide > wide_most)
    report_warn(
        report, "wide", REPORT_FIX, REPORT_EVERYWHERE,
        "%.0f %% of its energy lies above 3400 Hz, which a phone cuts off: it will "
        "sound duller; listen to it at 8000 Hz first",
        heard->wide * 100);
}

void phone_judge(struct audio_report *report) {
  const struct audio_measures *heard = &report->measures;
  judge_form(report);
  if (heard->cancelled) {
    report_warn(
        report, "cancelled", "sox IN OUT.wav remix 1", REPORT_EVERYWHERE,
        "its channels cancel each other when a phone mixes them to one; take only "
        "the first");
    return;
  }
  if (heard->rms == -HUGE_VAL) {
    report_warn(report, "silent", "", REPORT_EVERYWHERE,
                "there is nothing to hear in it; record it again");
    return;
  }
  judge_level(report, heard);
  judge_silence(report, heard);
  judge_colour(report, heard);
}
