/* The order of things: what it is and whether it is whole, how it sounds, who takes it.
 */
#include "audio/audio.h"
#include "audio/listen.h"
#include "audio/phone.h"
#include "audio/recording.h"

#include <stdio.h>
#include <string.h>

/* "audio/wav, audio/mpeg", as much of it as fits. */
static void list_types(const char *const *types, char *text, size_t size) {
  size_t used = 0;
  text[0] = 0;
  for (; *types && used + strlen(*types) + 3 < size; types++)
    used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", *types);
}

static bool check_taken(const struct audio_options *options,
                        struct audio_report *report) {
  const char *const *types = options->accepts;
  if (!types) return true;
  for (; *types; types++)
    if (audio_is(report, *types)) return true;
  char list[120];
  list_types(options->accepts, list, sizeof list);
  return report_refuse(report, "not_taken", REPORT_FIX,
                       "it is %s, and %.40s takes only %s; convert it", report->mime,
                       options->taker ? options->taker : "the service", list);
}

static void refuse_warnings(struct audio_report *report) {
  const struct audio_finding *first = &report->warnings[0];
  if (report->warning_count > 0)
    report_refuse(report, first->code, first->mend, "%s", first->message);
}

static void check(struct recording *recording, bool whole,
                  const struct audio_options *options, struct audio_report *report) {
  bool heard = whole && listen_to(&recording->input, &recording->layout, options, report);
  if (heard) phone_judge(report);
  if (heard) check_taken(options, report);
  if (heard && options->strict) refuse_warnings(report);
  recording_close(recording);
}

void audio_check(const char *path, const struct audio_options *options,
                 struct audio_report *report) {
  struct audio_options chosen = options ? *options : (struct audio_options){0};
  struct recording recording;
  *report = (struct audio_report){0};
  bool whole = recording_open(&recording, path, &chosen, report);
  check(&recording, whole, &chosen, report);
}

void audio_check_bytes(const void *bytes, size_t length,
                       const struct audio_options *options, struct audio_report *report) {
  struct audio_options chosen = options ? *options : (struct audio_options){0};
  struct recording recording;
  *report = (struct audio_report){0};
  bool whole = recording_borrow(&recording, bytes, length, &chosen, report);
  check(&recording, whole, &chosen, report);
}
