/* What the files beside engine.c share. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/error.h"
#include "bind/bind.h"
#include "outdial.h"
#include "run/run.h"
#include "script/settings.h"

#include <ev.h>

/* The group "engine" of the settings, read. */
struct engine_settings {
  char *public_url, *hooks, *control, *control_token, *keep; /* NULL where not given */
  char *store, *scripts;                                     /* always set */
};

/* False with *error ("settings"). Free it either way. */
bool engine_settings_read(const struct settings *settings, struct engine_settings *own,
                          struct error *error);
void engine_settings_free(struct engine_settings *own);

struct od_engine {
  struct ev_loop *loop;
  ev_async stop;
  struct log log;
  od_log_fn log_fn;
  void *log_context;
  struct settings *settings;
  struct engine_settings own;
  struct store *store;
  struct http_client *client;
  struct worker *audio;
  struct providers *providers;
  struct runs *runs;
  struct hooks *hooks;
  struct pruning *pruning; /* NULL: finished runs are kept */
  struct bind_parts parts;
  bool serving;
};

/* Copies an error to a host's; out may be NULL. */
void engine_error(struct od_error *out, const struct error *error);

#endif
