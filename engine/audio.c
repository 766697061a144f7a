/* The public functions that look at audio files. */
#include "audio/audio.h"

#include "base/buffer.h"
#include "bind/bind.h"
#include "engine.h"
#include "script/script.h"
#include "script/source.h"

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

/* --- what a provider takes --- */

static bool find_module(void *context, const char *name, struct source *source,
                        struct error *error) {
  return source_find(context, SOURCE_MODULE, name, source, error);
}

/* The provider's definition, without its settings: nothing of it will run. */
static json_t *load_types(char *scripts, const char *provider, struct error *error) {
  struct source source;
  struct bind_parts parts = {0};
  struct script_plan plan = {.limits = {.kind = SANDBOX_PROVIDER},
                             .ready = bind_provider,
                             .ready_context = &parts,
                             .find = find_module,
                             .find_context = scripts};
  if (!source_find(scripts, SOURCE_PROVIDER, provider, &source, error)) return NULL;
  struct script *script = script_load(&plan, &source, error);
  source_free(&source);
  if (!script) return NULL;
  const json_t *accepts = json_object_get(script_description(script), "accepts");
  json_t *types = json_object_get(accepts, "audio");
  types = types ? json_incref(types) : json_array();
  script_free(script);
  return types;
}

char *od_audio_types(const struct od_config *config, const char *provider,
                     struct od_error *error) {
  struct engine_settings own = {0};
  struct error wrong = {.code = "memory", .message = "out of memory"};
  json_t *types = NULL;
  struct settings *settings = settings_new(config->settings, config->config_file, &wrong);
  if (settings && engine_settings_read(settings, &own, &wrong))
    types = load_types(own.scripts, provider, &wrong);
  char *text = types ? json_dumps(types, JSON_COMPACT) : NULL;
  if (!text) engine_error(error, &wrong);
  json_decref(types);
  engine_settings_free(&own);
  settings_free(settings);
  return text;
}
