/* A recording that was opened, and whose structure was read. */
#ifndef AUDIO_RECORDING_H
#define AUDIO_RECORDING_H

#include "audio/input.h"
#include "audio/report.h"

struct recording {
  struct input input;
  struct layout layout;
};

/* Fills the report's names, format and size. False with a refusal in the report where it
 * is not whole; recording_close in either case. options->name counts for bytes only. */
bool recording_open(struct recording *recording, const char *path,
                    const struct audio_options *options, struct audio_report *report);
bool recording_borrow(struct recording *recording, const void *bytes, size_t length,
                      const struct audio_options *options, struct audio_report *report);
void recording_close(struct recording *recording);

#endif
