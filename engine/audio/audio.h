/* What an audio file is, whether it is whole, and whether it will sound right on the
 * phone: decided by content, never by name. */
#ifndef AUDIO_AUDIO_H
#define AUDIO_AUDIO_H

#include "base/error.h"
#include "base/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  AUDIO_FINDINGS = 16, /* most remarks one report holds */
  AUDIO_MARKS = 32,    /* most places one report points out */
  AUDIO_MIME_NAMES = 4,
};

/* Zeroed, or a NULL pointer in its place, asks for the defaults. */
struct audio_options {
  const char
      *name;     /* what a buffer is called, for the check of its ending; may be NULL */
  bool raw_ulaw; /* bytes that are nothing else are raw u-law, 8000 Hz mono; a name
                    ending in .ul, .ulaw, .mulaw or .pcmu asks for it too */
  bool strict;   /* refuse what would be a warning */
  bool figures;  /* fill `level` even where no verdict depends on it */
  uint64_t max_bytes; /* 0 means 1 GiB */
  double max_seconds; /* 0 means 4 hours */
  int threads;        /* that a long recording may take; 0: one for each processor */
  const char *const *accepts; /* NULL-ended MIME types that will do; NULL: all */
  const char *taker;          /* who accepts them, for the refusal's sentence; or NULL */
};

/* One thing that was noticed. */
struct audio_finding {
  char code[24];     /* a word: "truncated", "quiet", "misnamed" … */
  char message[240]; /* a sentence: what, where, what to do */
  char mend[160];    /* the command that mends it, with IN and OUT for the files; or "" */
  double start, end; /* seconds, where it is on the waveform; both 0: everywhere */
};

/* A place on the waveform, for a drawing. */
struct audio_mark {
  const char *code;  /* as in a finding */
  double start, end; /* seconds */
};

/* What was heard: the channels mixed to one, as a phone plays them. Decibels are relative
 * to full scale. */
struct audio_measures {
  double level; /* EBU R128 integrated loudness in LUFS; -HUGE_VAL for silence, NAN where
                   it was not measured (see audio_options.figures) */
  double rms, peak;       /* dB; rms of the parts that are not silent */
  double offset;          /* DC, as a share of full scale, signed */
  uint64_t clipped;       /* samples in runs at full scale, all channels */
  double lead, tail;      /* seconds of silence at the start and at the end */
  double pause, pause_at; /* seconds of the longest silence between, and from where */
  int dropouts;           /* holes cut into sound */
  double wide;            /* share of the energy above 3.4 kHz */
  bool cancelled;         /* channels that are silent only once they are mixed */
  size_t mark_count;
  struct audio_mark marks[AUDIO_MARKS];
};

struct audio_report {
  const char *mime;                    /* the usual name of what it is; NULL: not known */
  const char *mimes[AUDIO_MIME_NAMES]; /* every name it goes by, up to a NULL */
  const char *container; /* "WAV", "MPEG", "AIFF", "AIFC", "AU", "raw GSM", "raw u-law" */
  const char *codec;  /* "PCM", "u-law", "A-law", "GSM 6.10", "MPEG layer III", "float" */
  int bits;           /* per sample, 0 where the codec has none */
  int rate, channels; /* Hz; 1 is mono */
  uint64_t frames;    /* as decoded; one frame holds a sample of every channel */
  double duration;    /* seconds, as decoded */
  uint64_t bytes;     /* size of the file */
  bool refused;
  char reason[32];   /* code word of a refusal: "empty", "truncated", "foreign" … */
  char message[240]; /* the refusal as a sentence: what, where, what to do */
  char mend[160];    /* as in a finding */
  bool heard;        /* the measures are filled */
  struct audio_measures measures;
  size_t warning_count;
  struct audio_finding warnings[AUDIO_FINDINGS];
};

/* Reads all of it and decodes it, in constant memory; blocks. Always fills *report. */
void audio_check(const char *path, const struct audio_options *options,
                 struct audio_report *report);
void audio_check_bytes(const void *bytes, size_t length,
                       const struct audio_options *options, struct audio_report *report);

/* The report as one JSON object: path (may be NULL), verdict ("good", "warning",
 * "refused"), and the fields of the struct under their names. */
struct buffer;
bool audio_json(const struct audio_report *report, const char *path,
                struct buffer *buffer);

/* Writes what `in` holds as a phone call wants it: 8000 Hz, one channel, level set,
 * silence at the ends cut, to 16-bit WAV or, where `out` ends in .ul or .ulaw, to raw
 * u-law. `in` must pass the check. Blocks. Error codes: those of a refusal, "same_file",
 * "name", "unwritable", "silent", "memory". */
bool audio_fix(const char *in, const char *out, const struct audio_options *options,
               struct error *error);

/* Draws the waveform, with what the report found marked on it, as SVG. Error codes as
 * above.
 */
bool audio_plot(const char *in, const char *out, const struct audio_options *options,
                struct error *error);

/* The same as audio_check on the worker's thread; done is called on the loop's, once,
 * with a report that is valid during the call. False if it could not be queued; done is
 * then not called. What the options point to must last until then; the path is copied. */
typedef void (*audio_done_fn)(void *context, const struct audio_report *report);
bool audio_check_later(struct worker *worker, const char *path,
                       const struct audio_options *options, audio_done_fn done,
                       void *context);

/* The command that mends something, with IN, OUT and STEM filled in for the file, quoted
 * for a shell. */
bool audio_mend(const char *mend, const char *path, struct buffer *buffer);

/* Whether the name ends as those of audio files do, also of kinds that are refused. */
bool audio_named(const char *name);

/* Whether what was found goes by this MIME type, such as one a provider accepts. Case and
 * parameters after a ";" do not count. */
bool audio_is(const struct audio_report *report, const char *mime);

#endif
