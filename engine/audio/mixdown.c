#include "audio/mixdown.h"

#include "audio/decoder.h"
#include "audio/slice.h"

#include <stdlib.h>
#include <sys/stat.h>

bool mixdown(struct recording *recording, mixdown_fn each, void *context,
             struct audio_report *report) {
  const struct layout *layout = &recording->layout;
  size_t channels = (size_t)layout->channels;
  float *samples = malloc(MIXDOWN_MOST * channels * sizeof *samples);
  float mono[MIXDOWN_MOST];
  struct decoder *decoder =
      samples ? decoder_open(&recording->input, layout, 0, report) : NULL;
  long got = -1;
  while (decoder && (got = decoder_read(decoder, samples, MIXDOWN_MOST)) > 0) {
    slice_mix(samples, (size_t)got, layout->channels, mono);
    if (!each(context, mono, (size_t)got)) break;
  }
  decoder_close(decoder);
  free(samples);
  if (recording->input.failed) report_unreadable(report);
  return got == 0 && !recording->input.failed;
}

static bool is_other(const char *in, const char *out, struct error *error) {
  struct stat a, b;
  if (stat(in, &a) != 0 || stat(out, &b) != 0) return true;
  if (a.st_dev != b.st_dev || a.st_ino != b.st_ino) return true;
  return error_set(error, "same_file",
                   "the result would overwrite its source; name another file");
}

bool mixdown_open(struct recording *recording, const char *path, const char *out,
                  const struct audio_options *options, struct audio_report *report,
                  struct error *error) {
  struct audio_options chosen = options ? *options : (struct audio_options){0};
  chosen.figures = true;
  chosen.accepts = NULL;
  if (!is_other(path, out, error)) return false;
  audio_check(path, &chosen, report);
  if (report->refused)
    return error_set(error, report->reason, "%s: %s", path, report->message);
  struct audio_report again = {0};
  if (recording_open(recording, path, &chosen, &again)) return true;
  recording_close(recording);
  return error_set(error, again.reason, "%s: %s", path, again.message);
}
