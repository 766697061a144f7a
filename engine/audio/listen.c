#include "audio/listen.h"

#include "audio/crew.h"
#include "audio/hearing.h"

#include <unistd.h>

static const double long_seconds = 60; /* of less, other threads are no help */

struct listening {
  struct hearing *hearing;
  struct audio_report *report;
};

static bool refuse_memory(struct audio_report *report) {
  return report_refuse(report, "memory", "", "out of memory; try again later");
}

static bool take(void *context, const struct segment *segment) {
  struct listening *listening = context;
  struct audio_report *report = listening->report;
  if (segment->failed) {
    const struct refusal *found = &segment->refusal;
    if (!found->reason[0]) return refuse_memory(report);
    return report_refuse(report, found->reason, found->mend, "%s", found->message);
  }
  report->frames += segment->frames;
  return hearing_add(listening->hearing, segment) || refuse_memory(report);
}

static bool is_long(const struct layout *layout) {
  return (double)layout->samples > long_seconds * layout->rate;
}

static int thread_count(const struct layout *layout, int wanted) {
  if (!decoder_can_start(layout) || !is_long(layout)) return 1;
  return wanted > 0 ? wanted : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

/* Sets *doubt where the level was left out and has to be measured after all. */
static bool listen_once(struct input *input, const struct layout *layout, bool level,
                        int threads, struct audio_report *report, bool *doubt) {
  struct listening listening = {hearing_new(layout, level), report};
  struct crew_task task = {input, layout, level, take, &listening};
  if (!listening.hearing) return refuse_memory(report);
  report->frames = 0;
  bool good = crew_read(&task, threads) || refuse_memory(report);
  report->duration = (double)report->frames / layout->rate;
  if (good && report->frames == 0)
    good = report_refuse(report, "empty", "",
                         "there is a header and no sound after it; record it again");
  if (good) hearing_finish(listening.hearing, &report->measures);
  *doubt = good && hearing_in_doubt(listening.hearing);
  hearing_free(listening.hearing);
  return good;
}

bool listen_to(struct input *input, const struct layout *layout,
               const struct audio_options *options, struct audio_report *report) {
  bool level = options->figures || is_long(layout), doubt;
  int threads = thread_count(layout, options->threads);
  report->heard = listen_once(input, layout, level, threads, report, &doubt);
  if (report->heard && doubt)
    report->heard = listen_once(input, layout, true, threads, report, &doubt);
  return report->heard;
}
