/* The report as JSON. */
#include "audio/audio.h"

#include "base/buffer.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void add_text(struct buffer *buffer, const char *name, const char *text) {
  buffer_printf(buffer, ",\"%s\":", name);
  buffer_json(buffer, text, text ? strlen(text) : 0);
}

/* JSON has neither NAN nor infinity. */
static void add_number(struct buffer *buffer, const char *name, double value,
                       int digits) {
  if (isfinite(value))
    buffer_printf(buffer, ",\"%s\":%.*f", name, digits, value);
  else
    buffer_printf(buffer, ",\"%s\":null", name);
}

static const char *verdict(const struct audio_report *report) {
  if (report->refused) return "refused";
  return report->warning_count > 0 ? "warning" : "good";
}

static void add_format(struct buffer *buffer, const struct audio_report *report) {
  add_text(buffer, "mime", report->mime);
  buffer_text(buffer, ",\"mimes\":[");
  for (size_t i = 0; i < AUDIO_MIME_NAMES && report->mimes[i]; i++)
    buffer_printf(buffer, "%s\"%s\"", i > 0 ? "," : "", report->mimes[i]);
  buffer_text(buffer, "]");
  add_text(buffer, "container", report->container);
  add_text(buffer, "codec", report->codec);
  buffer_printf(buffer, ",\"bits\":%d,\"rate\":%d,\"channels\":%d", report->bits,
                report->rate, report->channels);
  buffer_printf(buffer, ",\"frames\":%" PRIu64 ",\"bytes\":%" PRIu64, report->frames,
                report->bytes);
  add_number(buffer, "duration", report->duration, 3);
}

/* With the file's name where that is known. */
static void add_mend(struct buffer *buffer, const char *mend, const char *path) {
  struct buffer command = {0};
  if (path)
    audio_mend(mend, path, &command);
  else
    buffer_text(&command, mend);
  add_text(buffer, "mend", mend[0] ? buffer_string(&command) : NULL);
  buffer_free(&command);
}

static void add_refusal(struct buffer *buffer, const struct audio_report *report,
                        const char *path) {
  add_text(buffer, "reason", report->refused ? report->reason : NULL);
  add_text(buffer, "message", report->refused ? report->message : NULL);
  add_mend(buffer, report->mend, path);
}

static void add_warnings(struct buffer *buffer, const struct audio_report *report,
                         const char *path) {
  buffer_text(buffer, ",\"warnings\":[");
  for (size_t i = 0; i < report->warning_count; i++) {
    const struct audio_finding *found = &report->warnings[i];
    buffer_printf(buffer, "%s{\"code\":\"%s\"", i > 0 ? "," : "", found->code);
    add_text(buffer, "message", found->message);
    add_mend(buffer, found->mend, path);
    bool placed = found->end > 0;
    add_number(buffer, "start", placed ? found->start : NAN, 3);
    add_number(buffer, "end", placed ? found->end : NAN, 3);
    buffer_text(buffer, "}");
  }
  buffer_text(buffer, "]");
}

static void add_measures(struct buffer *buffer, const struct audio_report *report) {
  const struct audio_measures *heard = &report->measures;
  if (!report->heard) {
    buffer_text(buffer, ",\"measures\":null");
    return;
  }
  buffer_printf(buffer, ",\"measures\":{\"clipped\":%" PRIu64 ",\"dropouts\":%d",
                heard->clipped, heard->dropouts);
  add_number(buffer, "level", heard->level, 1);
  add_number(buffer, "rms", heard->rms, 1);
  add_number(buffer, "peak", heard->peak, 1);
  add_number(buffer, "offset", heard->offset, 4);
  add_number(buffer, "lead", heard->lead, 2);
  add_number(buffer, "tail", heard->tail, 2);
  add_number(buffer, "pause", heard->pause, 2);
  add_number(buffer, "wide", heard->wide, 3);
  buffer_text(buffer, "}");
}

bool audio_json(const struct audio_report *report, const char *path,
                struct buffer *buffer) {
  buffer_text(buffer, "{\"path\":");
  buffer_json(buffer, path, path ? strlen(path) : 0);
  add_text(buffer, "verdict", verdict(report));
  add_refusal(buffer, report, path);
  add_format(buffer, report);
  add_measures(buffer, report);
  add_warnings(buffer, report, path);
  return buffer_text(buffer, "}");
}
