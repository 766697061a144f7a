#include "live.h"

#include "base/clock.h"
#include "examiner.h"
#include "script/watcher.h"
#include "store/look.h"
#include "timer/timer.h"

#include <stdlib.h>
#include <string.h>

static const double soon = 0.1; /* seconds until what did not work is tried again */

struct live {
  struct od_engine *engine;
  struct watcher *watcher;
  struct worker *worker;
  struct timer *timer;
  bool started;     /* the first look is over */
  bool busy, again; /* the worker is looking; and is to look once more */
  /* While busy these are the worker's. */
  struct examiner *examiner;
  struct writers writers;
  bool guess, unsettled, links;
  struct finding *findings;
};

static int64_t now(const struct live *live) {
  return clock_now(live->engine->parts.clock);
}

/* --- what is known from before --- */

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static bool read_kind(const char *word, enum source_kind *kind) {
  for (*kind = SOURCE_FLOW; *kind <= SOURCE_MODULE; ++*kind)
    if (strcmp(source_noun(*kind), word) == 0) return true;
  return false;
}

static bool take_text(const char *folder, enum source_kind kind, const char *name,
                      const char *text, struct source *source) {
  struct buffer path = {0};
  buffer_printf(&path, "%s/%s/%s.lua", folder, source_folder(kind), name);
  bool taken = source_take(buffer_string(&path), text, source, NULL);
  buffer_free(&path);
  return taken;
}

static struct release *read_release(const struct live *live, enum source_kind kind,
                                    const json_t *row) {
  const char *folder = live->engine->own.scripts, *name;
  json_t *text;
  struct source source;
  if (!take_text(folder, kind, text_of(row, "name"), text_of(row, "source"), &source))
    return NULL;
  struct release *release = release_new(kind, &source);
  source_free(&source);
  json_object_foreach (json_object_get(row, "modules"), name, text) {
    if (!release ||
        !take_text(folder, SOURCE_MODULE, name, json_string_value(text), &source))
      continue;
    release_add(release, &source);
    source_free(&source);
  }
  return release;
}

/* As if they had just been deleted: the first look will tell. */
static void take_last(struct live *live, const json_t *rows) {
  size_t i;
  json_t *row;
  json_array_foreach (rows, i, row) {
    enum source_kind kind;
    if (!read_kind(text_of(row, "kind"), &kind)) continue;
    struct release *release = read_release(live, kind, row);
    struct standing *standing =
        release ? releases_settle(live->engine->releases, kind, text_of(row, "name"))
                : NULL;
    if (!standing) continue;
    standing->state = STANDING_GONE;
    standing->since = json_integer_value(json_object_get(row, "since"));
    standing->release = release;
  }
}

static void read_last(struct live *live) {
  static const char *const none[] = {NULL};
  struct error error;
  char *json = NULL;
  struct look *look = look_open(live->engine->own.store, &error);
  if (!look || !look_ask(look, STORE_LIVE, none, &json, &error))
    log_line(&live->engine->log, LEVEL_WARNING,
             "which scripts were live before cannot be read: %s", error.message);
  json_t *rows = json ? json_loads(json, JSON_ALLOW_NUL, NULL) : NULL;
  take_last(live, rows);
  json_decref(rows);
  free(json);
  look_close(look);
}

/* Only providers have work under way that needs more than the store knows of the run. */
static void forget_gone(struct releases *releases) {
  const struct standing *standing = releases_first(releases), *next;
  for (; standing; standing = next) {
    next = standing->next;
    if (standing->state == STANDING_GONE && standing->kind != SOURCE_PROVIDER)
      releases_forget(releases, (struct standing *)standing);
  }
}

/* --- what is found --- */

static void keep_source(const struct live *live, enum source_kind kind,
                        const struct source *source) {
  store_script(live->engine->store, &(struct store_script){
                                        .hash = source->hash,
                                        .kind = source_noun(kind),
                                        .name = source->name,
                                        .source = source->text,
                                        .source_length = source->length,
                                        .loaded = now(live),
                                    });
}

static void keep_module(void *context, const struct source *module) {
  keep_source(context, SOURCE_MODULE, module);
}

static void keep(struct live *live, const struct standing *standing) {
  const struct source *source = release_source(standing->release);
  json_t *manifest = release_manifest(standing->release);
  char *text = manifest ? json_dumps(manifest, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
  keep_source(live, standing->kind, source);
  release_each(standing->release, keep_module, live);
  store_live(live->engine->store,
             &(struct store_live){.kind = source_noun(standing->kind),
                                  .name = standing->name,
                                  .hash = source->hash,
                                  .manifest = text,
                                  .since = standing->since});
  free(text);
  json_decref(manifest);
}

static void say(const struct live *live, enum log_level level,
                const struct standing *standing, const char *what) {
  log_line(&live->engine->log, level, "%s %s: %s", source_noun(standing->kind),
           standing->name, what);
}

static void stand(struct live *live, struct standing *standing,
                  enum standing_state state) {
  standing->state = state;
  standing->since = now(live);
}

/* What calls under way notice, too, is to be seen. */
static void make_live(struct live *live, struct standing *standing,
                      struct release *release) {
  const char *hash = release_source(release)->hash;
  struct buffer text = {0};
  buffer_printf(&text, "version %.12s is live", hash);
  if (standing->release && strcmp(release_source(standing->release)->hash, hash) == 0)
    buffer_text(&text, ", with other modules");
  else if (standing->release)
    buffer_printf(&text, " in place of %.12s", release_source(standing->release)->hash);
  if (standing->release && standing->kind == SOURCE_PROVIDER)
    buffer_text(&text, ", also for what calls under way ask from now on");
  release_drop(standing->release);
  standing->release = release_hold(release);
  stand(live, standing, STANDING_LIVE);
  keep(live, standing);
  say(live, live->started ? LEVEL_INFO : LEVEL_DEBUG, standing, buffer_string(&text));
  buffer_free(&text);
}

static void break_down(struct live *live, struct standing *standing,
                       const struct error *reason, int line) {
  struct buffer text = {0};
  bool known = standing->state == STANDING_BROKEN &&
               strcmp(standing->reason.message, reason->message) == 0;
  if (known) return;
  stand(live, standing, STANDING_BROKEN);
  standing->reason = *reason;
  standing->line = line;
  buffer_printf(&text, "%s; ", reason->message);
  if (standing->release)
    buffer_printf(&text, "version %.12s serves on",
                  release_source(standing->release)->hash);
  else
    buffer_text(&text, "there is no good version to serve in its place");
  say(live, LEVEL_ERROR, standing, buffer_string(&text));
  log_source(&live->engine->log, LEVEL_ERROR, reason);
  buffer_free(&text);
}

static void end(struct live *live, struct standing *standing) {
  if (!standing->release) {
    releases_forget(live->engine->releases, standing);
    return;
  }
  stand(live, standing, STANDING_GONE);
  say(live, LEVEL_WARNING, standing,
      "its file was deleted: it takes no new work, what is under way goes on");
}

/* A new provider is there for the webhooks of its console, too, and for the runs that
 * could not come back without it. */
static void welcome(struct live *live, const char *name) {
  struct error error;
  struct providers *providers = live->engine->providers;
  struct provider *provider = providers_get(providers, name, &error);
  if (!provider || !provider_settle(provider, &error))
    log_line(&live->engine->log, LEVEL_DEBUG, "%s", error.message);
  runs_retry(live->engine->runs);
}

static void take_good(struct live *live, struct standing *standing,
                      struct release *release) {
  struct error error;
  bool same = standing->release && release_equal(standing->release, release);
  bool provider = standing->kind == SOURCE_PROVIDER;
  if (same && standing->state == STANDING_LIVE) return;
  if (provider && !same && !providers_renew(live->engine->providers, release, &error)) {
    break_down(live, standing, &error, 0);
    return;
  }
  if (!same) {
    make_live(live, standing, release);
  } else if (live->started) {
    stand(live, standing, STANDING_LIVE);
    say(live, LEVEL_INFO, standing, "its file is that of the live version again");
  } else {
    standing->state = STANDING_LIVE;
  }
  if (provider && live->started) welcome(live, standing->name);
}

static void take(struct live *live, const struct finding *finding) {
  struct od_engine *engine = live->engine;
  if (!shelf_is_name(engine->scripts, finding->kind, finding->name)) return;
  struct standing *standing =
      releases_settle(engine->releases, finding->kind, finding->name);
  if (!standing) return;
  if (finding->gone)
    end(live, standing);
  else if (finding->release)
    take_good(live, standing, finding->release);
  else
    break_down(live, standing, &finding->reason, finding->line);
}

static void take_all(struct live *live) {
  const struct finding *finding = live->findings;
  for (; finding; finding = finding->next) take(live, finding);
  findings_free(live->findings);
  live->findings = NULL;
}

/* --- looking --- */

static void look(void *context) {
  struct live *live = context;
  live->findings = examiner_look(live->examiner, &live->writers, live->guess,
                                 &live->unsettled, &live->links);
}

static void changed(void *context);

static void on_timer(void *context) {
  struct live *live = context;
  live->timer = NULL;
  changed(live);
}

static void try_again(struct live *live) {
  if (!live->timer) live->timer = timer_after(live->engine->loop, soon, on_timer, live);
}

static void looked(void *context) {
  struct live *live = context;
  live->busy = false;
  if (live->engine->closed) return;
  take_all(live);
  watcher_look_often(live->watcher, live->links);
  if (live->unsettled) try_again(live);
  if (live->again) changed(live);
}

static void changed(void *context) {
  struct live *live = context;
  live->again = live->busy;
  if (live->busy) return;
  live->writers = *watcher_writers(live->watcher);
  live->guess = watcher_guesses(live->watcher);
  live->busy = worker_submit(live->worker, look, looked, live);
  if (!live->busy) try_again(live);
}

/* --- life --- */

struct live *live_new(struct od_engine *engine, struct error *error) {
  struct live *live = calloc(1, sizeof *live);
  error_set(error, "memory", "out of memory for the scripts");
  if (!live) return NULL;
  live->engine = engine;
  live->examiner = examiner_new(engine->own.scripts);
  live->worker = worker_new(engine->loop);
  live->watcher =
      watcher_new(engine->loop, engine->own.scripts, &engine->log, changed, live);
  if (!live->examiner || !live->worker || !live->watcher) {
    live_free(live);
    return NULL;
  }
  read_last(live);
  look(live);
  take_all(live);
  forget_gone(engine->releases);
  releases_watched(engine->releases);
  watcher_look_often(live->watcher, live->links);
  live->started = true;
  return live;
}

void live_free(struct live *live) {
  if (!live) return;
  timer_cancel(live->timer);
  watcher_free(live->watcher);
  worker_free(live->worker);
  findings_free(live->findings);
  examiner_free(live->examiner);
  free(live);
}
