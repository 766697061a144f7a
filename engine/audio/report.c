#include "audio/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct container_name {
  const char *name;
  const char *mimes[AUDIO_MIME_NAMES];
} containers[] = {
    [CONTAINER_WAV] = {"WAV", {"audio/wav", "audio/wave", "audio/x-wav"}},
    [CONTAINER_AIFF] = {"AIFF", {"audio/aiff", "audio/x-aiff"}},
    [CONTAINER_AIFC] = {"AIFC", {"audio/x-aifc"}},
    [CONTAINER_AU] = {"AU", {"audio/basic"}},
    [CONTAINER_MPEG] = {"MPEG", {"audio/mpeg"}},
    [CONTAINER_GSM] = {"raw GSM", {"audio/gsm", "audio/x-gsm"}},
    [CONTAINER_ULAW] = {"raw u-law", {"audio/ulaw"}},
};

static const char *const codecs[] = {
    [CODEC_PCM] = "PCM",
    [CODEC_FLOAT] = "float",
    [CODEC_ULAW] = "u-law",
    [CODEC_ALAW] = "A-law",
    [CODEC_GSM] = "GSM 6.10",
    [CODEC_GSM_PAIRS] = "GSM 6.10",
    [CODEC_MPEG3] = "MPEG layer III",
};

bool report_refuse(struct audio_report *report, const char *code, const char *mend,
                   const char *format, ...) {
  if (report->refused) return false;
  report->refused = true;
  snprintf(report->reason, sizeof report->reason, "%s", code);
  snprintf(report->mend, sizeof report->mend, "%s", mend);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(report->message, sizeof report->message, format, arguments);
  va_end(arguments);
  return false;
}

void report_unreadable(struct audio_report *report) {
  report->refused = false;
  report_refuse(report, "unreadable", "",
                "the file could not be read to its end, or changed meanwhile; try again");
}

void report_warn(struct audio_report *report, const char *code, const char *mend,
                 struct report_span where, const char *format, ...) {
  if (report->warning_count == AUDIO_FINDINGS) return;
  struct audio_finding *finding = &report->warnings[report->warning_count++];
  *finding = (struct audio_finding){.start = where.start, .end = where.end};
  snprintf(finding->code, sizeof finding->code, "%s", code);
  snprintf(finding->mend, sizeof finding->mend, "%s", mend);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(finding->message, sizeof finding->message, format, arguments);
  va_end(arguments);
}

void report_layout(struct audio_report *report, const struct layout *layout) {
  if (layout->container == CONTAINER_NONE) return;
  const struct container_name *container = &containers[layout->container];
  report->container = container->name;
  report->codec = codecs[layout->codec];
  memcpy(report->mimes, container->mimes, sizeof report->mimes);
  /* An AU file of u-law is what Veratad's page calls u-law; nothing there fits the rest.
   */
  if (layout->container == CONTAINER_AU && layout->codec == CODEC_ULAW) {
    report->mimes[0] = "audio/ulaw";
    report->mimes[1] = "audio/basic";
  }
  report->mime = report->mimes[0];
  report->bits = layout->bits;
  report->rate = layout->rate;
  report->channels = layout->channels;
}

bool audio_is(const struct audio_report *report, const char *mime) {
  size_t length = strcspn(mime, "; \t");
  for (size_t i = 0; i < AUDIO_MIME_NAMES && report->mimes[i]; i++)
    if (strlen(report->mimes[i]) == length &&
        strncasecmp(report->mimes[i], mime, length) == 0)
      return true;
  return false;
}
