/* What an audio file is, and whether it will do on the phone: decided by content alone.
 */
#ifndef AUDIO_AUDIO_H
#define AUDIO_AUDIO_H

#include "base/error.h"
#include "base/worker.h"

#include <stdbool.h>
#include <stddef.h>

struct audio_report {
  const char *mime;      /* one of the ten of Veratad's page, or NULL: not known */
  const char *container; /* "WAV", "MPEG", "AIFF", "AIFC", "AU", "raw GSM", "raw u-law" */
  const char *codec;     /* "PCM", "u-law", "A-law", "GSM 6.10", "MPEG layer III" */
  int bits;              /* per sample, 0 where the codec has none */
  int rate, channels;    /* Hz; 1 is mono */
  double duration;       /* seconds, as decoded */
  bool refused;
  char reason[32];   /* code word of a refusal: "empty", "truncated", "foreign" … */
  char message[240]; /* the refusal as a sentence: what, where, what to do */
};

/* Reads the whole file and decodes it; blocks. Always fills *report. */
void audio_check(const char *path, struct audio_report *report);

/* The same on the worker's thread; done is called on the loop's, once, with a report that
 * is valid during the call. False if it could not be queued; done is then not called. */
typedef void (*audio_done_fn)(void *context, const struct audio_report *report);
bool audio_check_later(struct worker *worker, const char *path, audio_done_fn done,
                       void *context);

#endif
