/* Owns the loop and the parts; start, stop, and the public functions on them. */
#include "engine.h"

#include "hooks.h"
#include "pruning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *od_version(void) {
  return OUTDIAL_VERSION;
}

void engine_error(struct od_error *out, const struct error *error) {
  if (!out) return;
  snprintf(out->code, sizeof out->code, "%s", error->code);
  snprintf(out->message, sizeof out->message, "%s", error->message);
}

/* --- remarks --- */

static void redact(void *context, struct provider *provider) {
  struct buffer *text = context, redacted = {0};
  provider_redact(provider, buffer_string(text), text->length, &redacted);
  buffer_free(text);
  *text = redacted;
}

/* A script may log what a provider answered, so every secret is taken out on the way. */
static void write_log(void *context, enum log_level level, const char *line) {
  struct od_engine *engine = context;
  struct buffer text = {0};
  buffer_text(&text, line);
  if (engine->providers) providers_each(engine->providers, redact, &text);
  engine->log_fn(engine->log_context, (enum od_level)level, buffer_string(&text));
  buffer_free(&text);
}

/* --- parts --- */

static void stopped(struct ev_loop *loop, ev_async *stop, int events) {
  (void)stop, (void)events;
  ev_break(loop, EVBREAK_ALL);
}

static bool make_url(void *context, const struct provider *provider, const char *token,
                     struct buffer *out, struct error *error) {
  struct od_engine *engine = context;
  return hooks_url(engine->hooks, provider, token, out, error);
}

static void all_stored(void *context, const struct error *error) {
  struct od_engine *engine = context;
  if (error) log_line(&engine->log, LEVEL_ERROR, "the store: %s", error->message);
  if (!engine->serving && runs_under_way(engine->runs) == 0)
    ev_break(engine->loop, EVBREAK_ALL);
}

/* The last run is over: the loop may end once its end is on disk. */
static void idle(void *context) {
  struct od_engine *engine = context;
  store_sync(engine->store, all_stored, engine);
}

static bool make_plain_parts(struct od_engine *engine, struct error *error) {
  engine->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
  if (!engine->loop) return error_set(error, "memory", "no event loop could be made");
  ev_async_init(&engine->stop, stopped);
  ev_async_start(engine->loop, &engine->stop);
  engine->store = store_open(engine->loop, engine->own.store, &engine->log, error);
  if (!engine->store) return false;
  engine->client = http_client_new(engine->loop, &engine->log);
  engine->audio = worker_new(engine->loop);
  engine->hooks =
      hooks_new(engine->loop, engine->own.hooks, engine->own.public_url, &engine->log);
  return (engine->client && engine->audio && engine->hooks) ||
         error_set(error, "memory", "the engine's parts could not be made");
}

/* Runs that wait for longer leave memory. OUTDIAL_REPLAY=always makes each leave and come
 * back at every op, so that a whole test suite shows that none notices. */
static double patience(void) {
  const char *replay = getenv("OUTDIAL_REPLAY");
  return replay && strcmp(replay, "always") == 0 ? 0 : 3;
}

static bool make_script_parts(struct od_engine *engine, struct error *error) {
  engine->parts = (struct bind_parts){
      .loop = engine->loop,
      .client = engine->client,
      .audio = engine->audio,
      .log = &engine->log,
  };
  engine->providers = providers_new(&(struct providers_plan){
      .loop = engine->loop,
      .client = engine->client,
      .settings = engine->settings,
      .scripts = engine->own.scripts,
      .log = &engine->log,
      .script = {.limits = {.kind = SANDBOX_PROVIDER, .memory = 64 << 20},
                 .ready = bind_provider,
                 .ready_context = &engine->parts},
      .op_kinds = bind_provider_ops,
      .parts = &engine->parts,
  });
  engine->parts.providers = engine->providers;
  engine->runs = runs_new(&(struct runs_plan){
      .loop = engine->loop,
      .store = engine->store,
      .providers = engine->providers,
      .scripts = engine->own.scripts,
      .log = &engine->log,
      .script = {.ready = bind_flow, .ready_context = &engine->parts},
      .op_kinds = bind_flow_ops,
      .parts = &engine->parts,
      .patience = patience(),
      .hook = make_url,
      .idle = idle,
      .context = engine,
  });
  if (!engine->providers || !engine->runs)
    return error_set(error, "memory", "the engine's parts could not be made");
  hooks_serve(engine->hooks, engine->runs, engine->providers);
  return true;
}

struct od_engine *od_engine_new(const struct od_config *config, struct od_error *error) {
  struct error wrong;
  struct od_engine *engine = calloc(1, sizeof *engine);
  if (!engine) {
    error_set(&wrong, "memory", "out of memory for an engine");
    engine_error(error, &wrong);
    return NULL;
  }
  engine->log_fn = config->log;
  engine->log_context = config->log_context;
  engine->log = (struct log){
      .sink = config->log ? write_log : NULL,
      .context = engine,
      .most = (enum log_level)config->log_level,
  };
  engine->settings = settings_new(config->settings, config->config_file, &wrong);
  if (engine->settings && engine_settings_read(engine->settings, &engine->own, &wrong) &&
      make_plain_parts(engine, &wrong) && make_script_parts(engine, &wrong))
    return engine;
  engine_error(error, &wrong);
  od_engine_free(engine);
  return NULL;
}

/* Scripts first, since they hold requests and timers; the store last, for their rows. */
void od_engine_free(struct od_engine *engine) {
  if (!engine) return;
  pruning_free(engine->pruning);
  runs_free(engine->runs);
  if (engine->hooks) hooks_free(engine->hooks);
  providers_free(engine->providers);
  engine->providers = NULL;
  if (engine->client) http_client_free(engine->client);
  if (engine->audio) worker_free(engine->audio);
  if (engine->store) store_close(engine->store);
  if (engine->loop) {
    ev_async_stop(engine->loop, &engine->stop);
    ev_loop_destroy(engine->loop);
  }
  engine_settings_free(&engine->own);
  settings_free(engine->settings);
  free(engine);
}

bool od_run_start(struct od_engine *engine, const char *flow, const char *params,
                  od_event_fn event, void *context, char run[OD_RUN_SIZE],
                  struct od_error *error) {
  struct error wrong;
  json_error_t place;
  json_t *given = json_loads(params && *params ? params : "{}", JSON_ALLOW_NUL, &place);
  struct run *started = NULL;
  if (json_is_object(given))
    started = run_start(engine->runs, flow, given, event, context, &wrong);
  else
    error_set(&wrong, "usage", "the parameters must be a JSON object: %s",
              given ? "this is something else" : place.text);
  json_decref(given);
  if (!started && strcmp(wrong.code, "missing") == 0)
    snprintf(wrong.code, sizeof wrong.code, "usage");
  if (started)
    snprintf(run, OD_RUN_SIZE, "%s", run_id(started));
  else
    engine_error(error, &wrong);
  return started != NULL;
}

void od_engine_loop(struct od_engine *engine) {
  if (engine->serving || runs_under_way(engine->runs)) ev_run(engine->loop, 0);
}

void od_engine_stop(struct od_engine *engine) {
  ev_async_send(engine->loop, &engine->stop);
}
