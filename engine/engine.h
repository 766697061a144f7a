/* What the files of this folder share: what an engine is made of. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/error.h"
#include "base/pages.h"
#include "bind/bind.h"
#include "guard.h"
#include "hooks.h"
#include "outdial.h"
#include "post.h"
#include "run/run.h"
#include "script/settings.h"
#include "script/shelf.h"
#include "timer/timer.h"

/* The group "engine" of the settings, read. */
struct engine_settings {
  char *public_url, *hooks, *control, *control_token, *keep; /* NULL where not given */
  char *store, *scripts;                                     /* always set */
};

struct od_engine {
  struct od_config config; /* its pointers to what was copied are NULL */
  struct guard guard;
  struct post *post;
  struct ev_loop *loop;
  ev_async stop;  /* breaks its own loop */
  ev_async stir;  /* wakes the loop for what other threads brought */
  int descriptor; /* of an engine with a thread of its own, else -1 */
  pthread_t thread;
  struct heap heap;     /* the host's; empty: malloc */
  struct clock clock;   /* the host's; empty: the system's */
  struct timers timers; /* that go by the host's clock */
  struct pages *pages;  /* of the scripts' states, when they are not in the host's heap */
  struct log log;
  struct settings *settings;
  struct engine_settings own;
  struct shelf *scripts;
  struct releases *releases; /* of the same */
  struct live *live;         /* NULL: scripts are read, not watched */
  struct store *store;
  struct http_client *client;
  struct worker *audio;
  struct providers *providers;
  struct runs *runs;
  struct hooks *hooks;
  struct host *host;
  struct pruning *pruning; /* NULL: finished runs are kept */
  struct control *control; /* NULL: nobody may ask */
  size_t favours;          /* what the host asked for and has not been told of yet */
  struct bind_parts parts;
  bool serving, looping;
  bool stopping;          /* od_engine_stop was called: for od_engine_advance */
  unsigned invoked;       /* callbacks of the loop since it was set to 0; the same */
  struct timer *breather; /* until the disk is tried again for the last run's end */
  bool closed;            /* its parts are gone */
  int depth;              /* functions further up the stack that will come back to it */
};

/* --- engine.c --- */

/* What the public functions begin and end with. False with *error ("misuse"). */
bool engine_enter(struct od_engine *engine, struct od_error *error);
void engine_leave(struct od_engine *engine);

/* Makes the callbacks that are due; false if that is under way already. */
bool engine_deliver(struct od_engine *engine);

/* Keeps an engine that was entered, and that callbacks may free, until the caller has
 * come back from them; then leaves it. */
void engine_hold(struct od_engine *engine);
void engine_release(struct od_engine *engine);

/* The scripts of a config, with those of the folder. NULL with *error. */
struct shelf *engine_shelf(const struct od_config *config, const char *folder,
                           struct error *error);

/* A module of a shelf, as a script_plan's find. */
bool engine_find_module(void *shelf, const char *name, struct source *source,
                        struct error *error);

/* --- declaration.c --- */

/* A list of names, taken over, as JSON. */
json_t *engine_names(char **names);

/* --- engine_settings.c --- */

/* False with *error ("settings"). Free it either way. */
bool engine_settings_read(const struct settings *settings, struct engine_settings *own,
                          struct error *error);
void engine_settings_free(struct engine_settings *own);

/* The same of a host's config, which is checked into *config, still borrowed. */
bool engine_settings_of(const struct od_config *given, struct od_config *config,
                        struct engine_settings *own, struct error *error);

/* --- engine_error.c --- */

/* Copies an error to a host's; out may be NULL. Returns false. */
bool engine_error(struct od_error *out, const struct error *error);

/* Fills a host's error, which may be NULL, with what the engine says. Returns false. */
bool engine_refuse(struct od_error *out, const char *code, const char *message);

/* What is told (taken over) as a text of the host's; NULL with *error: where there is
 * nothing to tell, *wrong. */
char *engine_give(json_t *told, const struct error *wrong, struct od_error *error);

/* Copies a host's struct, of the size it says, to one of ours; what the host does not
 * know of is zero. False with *error ("misuse"). */
bool engine_take(void *own, size_t size, const void *given, size_t least,
                 const char *name, struct error *error);

/* --- engine_loop.c --- */

/* The last thing that od_engine_loop waits for may have happened. context: the engine. */
void engine_settle(void *context);

/* Whether it has a loop to run, and nobody does. False with *error ("misuse"). */
bool engine_may_loop(const struct od_engine *engine, struct od_error *error);

/* Runs it, with flags of ev_run; callbacks may free the engine, so hold it. */
void engine_run_loop(struct od_engine *engine, int flags);

/* The host is being told of one of the favours it asked for. */
void engine_favour_done(struct od_engine *engine);

/* --- engine_thread.c --- */

/* Stops the engine's own thread, if there is one. */
void engine_stop_thread(struct od_engine *engine);

/* --- engine_host.c: a host_plan's functions --- */

void engine_ask(void *context, const struct host_function *function,
                const struct od_request *request);
void engine_stir(void *context);

/* --- engine_config.c --- */

/* The host's config as one of ours; still borrowed. False with *error. */
bool engine_config(struct od_config *own, const struct od_config *given,
                   struct error *error);

/* --- engine_runs.c --- */

/* A runs_plan's tell. */
void engine_tell(void *context, run_event_fn event, void *event_context, const char *run,
                 const char *text);

#endif
