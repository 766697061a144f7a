/* The public functions that look at audio files. */
#include "audio/audio.h"

#include "base/buffer.h"
#include "engine.h"

#include <stdlib.h>
#include <string.h>

static struct audio_options options_of(const struct od_audio *given) {
  if (!given) return (struct audio_options){0};
  return (struct audio_options){
      .name = given->name,
      .raw_ulaw = given->raw_ulaw,
      .strict = given->strict,
      .figures = given->figures,
      .max_bytes = given->max_bytes,
      .max_seconds = given->max_seconds,
      .threads = given->threads,
      .accepts = given->accepts,
      .taker = given->taker,
  };
}

static char *text_of(const struct audio_report *report, const char *path) {
  struct buffer text = {0};
  if (audio_json(report, path, &text)) return text.data;
  buffer_free(&text);
  return NULL;
}

char *od_audio_check(const char *path, const struct od_audio *given) {
  struct audio_options options = options_of(given);
  struct audio_report report;
  audio_check(path, &options, &report);
  return text_of(&report, path);
}

char *od_audio_check_bytes(const void *bytes, size_t length,
                           const struct od_audio *given) {
  struct audio_options options = options_of(given);
  struct audio_report report;
  audio_check_bytes(bytes, length, &options, &report);
  return text_of(&report, options.name);
}

typedef bool (*make_fn)(const char *in, const char *out,
                        const struct audio_options *options, struct error *error);

static bool make(make_fn what, const char *in, const char *out,
                 const struct od_audio *given, struct od_error *error) {
  struct audio_options options = options_of(given);
  struct error wrong;
  bool made = what(in, out, &options, &wrong);
  if (!made) engine_error(error, &wrong);
  return made;
}

bool od_audio_fix(const char *in, const char *out, const struct od_audio *given,
                  struct od_error *error) {
  return make(audio_fix, in, out, given, error);
}

bool od_audio_plot(const char *in, const char *out, const struct od_audio *given,
                   struct od_error *error) {
  return make(audio_plot, in, out, given, error);
}

bool od_audio_named(const char *name) {
  return audio_named(name);
}
