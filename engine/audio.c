/* The public functions that look at audio files. */
#include "audio/audio.h"

#include "base/buffer.h"
#include "engine.h"

#include <stdlib.h>
#include <string.h>

static bool read_options(struct audio_options *options, const struct od_audio *given,
                         struct error *error) {
  struct od_audio own = {0};
  if (given && !engine_take(&own, sizeof own, given, sizeof own, "od_audio", error))
    return false;
  *options = (struct audio_options){
      .name = own.name,
      .raw_ulaw = own.raw_ulaw,
      .strict = own.strict,
      .figures = own.figures,
      .max_bytes = own.max_bytes,
      .max_seconds = own.max_seconds,
      .threads = own.threads,
      .accepts = own.accepts,
      .taker = own.taker,
  };
  return true;
}

static char *text_of(const struct audio_report *report, const char *path) {
  struct buffer text = {0};
  if (audio_json(report, path, &text)) return text.data;
  buffer_free(&text);
  return NULL;
}

char *od_audio_check(const char *path, const struct od_audio *given) {
  struct audio_options options;
  struct audio_report report;
  if (!path || !read_options(&options, given, NULL)) return NULL;
  audio_check(path, &options, &report);
  return text_of(&report, path);
}

char *od_audio_check_bytes(const void *bytes, size_t length,
                           const struct od_audio *given) {
  struct audio_options options;
  struct audio_report report;
  if ((!bytes && length) || !read_options(&options, given, NULL)) return NULL;
  audio_check_bytes(bytes, length, &options, &report);
  return text_of(&report, options.name);
}

typedef bool (*make_fn)(const char *in, const char *out,
                        const struct audio_options *options, struct error *error);

static bool make(make_fn what, const char *in, const char *out,
                 const struct od_audio *given, struct od_error *error) {
  struct audio_options options;
  struct error wrong;
  bool made =
      in && out ? read_options(&options, given, &wrong) && what(in, out, &options, &wrong)
                : error_set(&wrong, "misuse", "two files have to be named");
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
