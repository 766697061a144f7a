/* Owns the parts: made in order, given back in order. */
#include "engine.h"

#include "control/control.h"
#include "live.h"
#include "pruning.h"
#include "timer/timer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

const char *od_version(void) {
  return OUTDIAL_VERSION;
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
  post_send(engine->post, &(struct letter){
                              .kind = LETTER_REMARK,
                              .to.remark = engine->config.log,
                              .context = engine->config.log_context,
                              .text = buffer_string(&text),
                              .length = text.length,
                              .number = (int)level,
                          });
  buffer_free(&text);
}

/* --- who comes and goes --- */

bool engine_enter(struct od_engine *engine, struct od_error *error) {
  struct error wrong;
  if (!engine)
    return engine_refuse(error, "misuse", "there is no engine: the pointer is NULL");
  if (!guard_enter(&engine->guard, &wrong)) return engine_error(error, &wrong);
  if (!engine->closed) return true;
  guard_leave(&engine->guard);
  return engine_refuse(error, "misuse", "this engine has been freed");
}

void engine_leave(struct od_engine *engine) {
  if (engine->descriptor >= 0) ev_async_send(engine->loop, &engine->stir);
  guard_leave(&engine->guard);
}

/* What those may still ask who are told at the end: whether anybody waits for an answer.
 */
static void free_shell(struct od_engine *engine) {
  host_free(engine->host);
  post_free(engine->post);
  if (!engine->config.loop && engine->loop) ev_loop_destroy(engine->loop);
  if (engine->descriptor >= 0) close(engine->descriptor);
  guard_free(&engine->guard);
  free(engine);
}

void engine_hold(struct od_engine *engine) {
  engine->depth++;
}

void engine_release(struct od_engine *engine) {
  bool over = --engine->depth == 0 && engine->closed;
  guard_leave(&engine->guard);
  if (over) free_shell(engine);
}

bool engine_deliver(struct od_engine *engine) {
  bool delivered = post_deliver(engine->post);
  size_t dropped = engine->closed ? 0 : post_dropped(engine->post);
  if (dropped)
    log_line(&engine->log, LEVEL_ERROR,
             "%zu events and remarks were dropped: they were not taken in time", dropped);
  return delivered;
}

static void deliver(void *context) {
  struct od_engine *engine = context;
  engine_hold(engine);
  engine_deliver(engine);
  engine_release(engine);
}

/* --- parts --- */

static void stopped(struct ev_loop *loop, ev_async *stop, int events) {
  (void)events;
  struct od_engine *engine = stop->data;
  engine->stopping = true;
  ev_break(loop, EVBREAK_ALL);
}

static void stirred(struct ev_loop *loop, ev_async *stir, int events) {
  (void)loop, (void)events;
  struct od_engine *engine = stir->data;
  if (engine->host) host_collect(engine->host);
}

static bool make_url(void *context, const struct provider *provider, const char *token,
                     struct buffer *out, struct error *error) {
  struct od_engine *engine = context;
  return hooks_url(engine->hooks, provider, token, out, error);
}

/* Without one, libev would end the process as it starts its first ev_async. */
static bool has_descriptor(void) {
  int descriptor = eventfd(0, EFD_CLOEXEC);
  if (descriptor >= 0) close(descriptor);
  return descriptor >= 0;
}

/* Neither watcher keeps a host's loop going; its own is kept by `stop`. */
static bool make_loop(struct od_engine *engine, struct error *error) {
  engine->loop = engine->config.loop;
  if (!engine->loop) engine->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
  bool may = engine->loop && has_descriptor();
  engine->post = may ? post_new(engine->loop, &engine->guard, deliver, engine) : NULL;
  if (!engine->post) return error_set(error, "memory", "no event loop could be made");
  ev_async_init(&engine->stop, stopped);
  engine->stop.data = engine;
  if (!engine->config.loop) ev_async_start(engine->loop, &engine->stop);
  ev_async_init(&engine->stir, stirred);
  engine->stir.data = engine;
  ev_async_start(engine->loop, &engine->stir);
  ev_unref(engine->loop);
  return true;
}

static void stop_loop(struct od_engine *engine) {
  if (!engine->post) return;
  ev_ref(engine->loop);
  ev_async_stop(engine->loop, &engine->stir);
  ev_async_stop(engine->loop, &engine->stop);
}

/* Those in memory are the host's, borrowed until they are on the shelf. */
struct shelf *engine_shelf(const struct od_config *config, const char *folder,
                           struct error *error) {
  const struct od_script *given = config->scripts;
  struct shelf *shelf = shelf_new(folder, error);
  bool whole = shelf != NULL;
  for (; whole && given && given->path; given++)
    whole = given->text ? shelf_put(shelf, given->path, given->text, error)
                        : error_set(error, "misuse", "%s has no text", given->path);
  if (whole) return shelf;
  shelf_free(shelf);
  return NULL;
}

bool engine_find_module(void *shelf, const char *name, struct source *source,
                        struct error *error) {
  return shelf_find(shelf, SOURCE_MODULE, name, source, error);
}

static bool make_shelf(struct od_engine *engine, struct error *error) {
  engine->scripts = engine_shelf(&engine->config, engine->own.scripts, error);
  if (engine->scripts) engine->releases = releases_new(engine->scripts);
  if (engine->scripts && !engine->releases)
    error_set(error, "memory", "out of memory for the scripts");
  return engine->releases != NULL;
}

static bool make_plain_parts(struct od_engine *engine, struct error *error) {
  engine->store = store_open(engine->loop, engine->own.store, &engine->log, error);
  if (!engine->store) return false;
  engine->pages = pages_new();
  engine->client = http_client_new(engine->loop, &engine->log);
  engine->audio = worker_new(engine->loop);
  engine->hooks =
      hooks_new(engine->loop, engine->own.hooks, engine->own.public_url, &engine->log);
  engine->host = host_new(engine_ask, engine_stir, engine);
  return (engine->pages && engine->client && engine->audio && engine->hooks &&
          engine->host) ||
         error_set(error, "memory", "the engine's parts could not be made");
}

/* Runs that wait for longer leave memory. OUTDIAL_REPLAY=always makes each leave and come
 * back at every op, so that a whole test suite shows that none notices. */
static double patience(void) {
  const char *replay = getenv("OUTDIAL_REPLAY");
  return replay && strcmp(replay, "always") == 0 ? 0 : 3;
}

static struct providers *make_providers(struct od_engine *engine) {
  return providers_new(&(struct providers_plan){
      .loop = engine->loop,
      .client = engine->client,
      .settings = engine->settings,
      .scripts = engine->scripts,
      .releases = engine->releases,
      .log = &engine->log,
      .script = {.limits = {.kind = SANDBOX_PROVIDER,
                            .memory = 64 << 20,
                            .heap = &engine->heap,
                            .pages = engine->pages},
                 .ready = bind_provider,
                 .ready_context = &engine->parts},
      .op_kinds = bind_provider_ops,
      .parts = &engine->parts,
  });
}

static struct runs *make_runs(struct od_engine *engine) {
  return runs_new(&(struct runs_plan){
      .loop = engine->loop,
      .store = engine->store,
      .providers = engine->providers,
      .releases = engine->releases,
      .log = &engine->log,
      .script = {.limits = {.heap = &engine->heap,
                            .pages = engine->pages,
                            .line = engine->config.line,
                            .line_context = engine->config.line_context},
                 .ready = bind_flow,
                 .ready_context = &engine->parts},
      .op_kinds = bind_flow_ops,
      .parts = &engine->parts,
      .clock = engine->parts.clock,
      .patience = patience(),
      .hook = make_url,
      .tell = engine_tell,
      .event = engine->config.event,
      .event_context = engine->config.event_context,
      .idle = engine_settle,
      .context = engine,
  });
}

static bool make_script_parts(struct od_engine *engine, struct error *error) {
  engine->parts = (struct bind_parts){
      .loop = engine->loop,
      .client = engine->client,
      .audio = engine->audio,
      .host = engine->host,
      .clock = engine->config.clock ? &engine->clock : NULL,
      .log = &engine->log,
  };
  engine->providers = make_providers(engine);
  engine->parts.providers = engine->providers;
  engine->runs = make_runs(engine);
  if (!engine->providers || !engine->runs)
    return error_set(error, "memory", "the engine's parts could not be made");
  hooks_serve(engine->hooks, engine->runs, engine->providers);
  return true;
}

static bool make_parts(struct od_engine *engine, struct error *error) {
  engine->settings =
      settings_new(engine->config.settings, engine->config.config_file, error);
  return engine->settings && make_loop(engine, error) &&
         engine_settings_read(engine->settings, &engine->own, error) &&
         make_shelf(engine, error) && make_plain_parts(engine, error) &&
         make_script_parts(engine, error);
}

/* What was only borrowed while the engine was made. */
static void forget_borrowed(struct od_config *config) {
  config->settings = NULL;
  config->config_file = NULL;
  config->scripts = NULL;
}

static struct od_engine *make_shell(const struct od_config *config, struct error *error) {
  struct od_engine *engine = calloc(1, sizeof *engine);
  if (!engine) {
    error_set(error, "memory", "out of memory for an engine");
    return NULL;
  }
  engine->config = *config;
  if (config->allocator)
    engine->heap = (struct heap){config->allocator->resize, config->allocator->context};
  if (config->clock)
    engine->clock =
        (struct clock){config->clock->now, config->clock->context, &engine->timers};
  engine->descriptor = -1;
  guard_init(&engine->guard);
  engine->log = (struct log){
      .sink = config->log ? write_log : NULL,
      .context = engine,
      .most = (enum log_level)config->log_level,
  };
  return engine;
}

struct od_engine *od_engine_new(const struct od_config *given, struct od_error *error) {
  struct error wrong;
  struct od_config config;
  struct od_engine *engine = NULL;
  if (engine_config(&config, given, &wrong)) engine = make_shell(&config, &wrong);
  bool made = engine && make_parts(engine, &wrong);
  if (engine && engine->post) post_flush(engine->post);
  if (made) {
    forget_borrowed(&engine->config);
    return engine;
  }
  engine_error(error, &wrong);
  od_engine_free(engine);
  return NULL;
}

/* Runs first, since they hold requests and timers; the store while the web server can
 * still answer those that wait for it. */
static void close_parts(struct od_engine *engine) {
  live_free(engine->live);
  control_free(engine->control);
  pruning_free(engine->pruning);
  timer_cancel(engine->breather);
  engine->breather = NULL;
  if (engine->pages) pages_close(engine->pages);
  runs_free(engine->runs);
  if (engine->store) store_close(engine->store);
  if (engine->hooks) hooks_free(engine->hooks);
  providers_free(engine->providers);
  engine->providers = NULL;
  pages_free(engine->pages);
  engine->pages = NULL;
  if (engine->client) http_client_free(engine->client);
  if (engine->audio) worker_free(engine->audio);
  releases_free(engine->releases);
  shelf_free(engine->scripts);
  stop_loop(engine);
  engine_settings_free(&engine->own);
  settings_free(engine->settings);
}

/* Callbacks that are still due are made here, in which the engine is closed already. */
void od_engine_free(struct od_engine *engine) {
  if (!engine || !guard_enter(&engine->guard, NULL)) return;
  bool first = !engine->closed;
  engine->closed = true;
  if (first) engine_hold(engine);
  guard_leave(&engine->guard);
  if (!first) return;
  engine_stop_thread(engine);
  close_parts(engine);
  if (engine->post) post_flush(engine->post);
  if (engine->looping) ev_break(engine->loop, EVBREAK_ALL);
  engine_release(engine);
}
