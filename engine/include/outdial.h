/* outdial: places outbound phone calls through voice providers' HTTP APIs and runs the
 * conversation on them. This is the library's only header.
 *
 * Threads: an engine and everything of it belongs to the thread that made it, except
 * where a function says otherwise. Text is UTF-8; what a call receives is copied, what a
 * callback receives is valid during the callback. */
#ifndef OUTDIAL_H
#define OUTDIAL_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define OD_API __attribute__((visibility("default")))
#else
#define OD_API
#endif

struct od_engine;

struct od_error {
  char code[32];     /* a word: "settings", "usage", "script", "store" … */
  char message[480]; /* a sentence: what happened, where, what to do */
};

enum od_level { OD_ERROR, OD_WARNING, OD_INFO, OD_DEBUG };

/* One remark of the engine, without a newline. Never holds a secret or a keyed digit. */
typedef void (*od_log_fn)(void *context, enum od_level level, const char *line);

/* Zero it, set size and what you need. */
struct od_config {
  size_t size;                 /* sizeof(struct od_config) */
  const char *const *settings; /* "veratad.url=https://…", first found wins; NULL-ended */
  const char *config_file;     /* a Lua file that returns a table of tables, or NULL */
  od_log_fn log;               /* NULL: silent */
  void *log_context;
  enum od_level log_level; /* remarks above it are dropped */
};

/* Reads the settings (the array, then the environment, then the file), opens the store
 * and makes the parts. NULL with *error: "settings", "store", "listen", "memory". */
OD_API struct od_engine *od_engine_new(const struct od_config *config,
                                       struct od_error *error);

/* Leaves unfinished runs in the store, gives everything back. NULL does nothing. */
OD_API void od_engine_free(struct od_engine *engine);

/* What happens to a run, as one JSON object with "kind" and "at" (wall clock ms):
 *   started   flow, version, path
 *   op        seq, op, line, args          the flow asked for something
 *   result    seq, op, result              and this is what it got (digits masked)
 *   call      call, number, provider, to, state, reason, reference, source
 *   leg       call, to, state              a number the call was connected to
 *   log       level, message
 *   finished  report                       what `outdial run --json` prints
 * Called on the engine's thread, from inside od_engine_loop. */
typedef void (*od_event_fn)(void *context, const char *run, const char *event);

enum { OD_RUN_SIZE = 13 };

/* Starts a flow (a name or a path). params is a JSON object; a string stands for any type
 * and is converted by the parameter's declaration. The run's id goes to run. False with
 * *error: "usage" (no such flow, wrong parameters), "script", "store", "memory". */
OD_API bool od_run_start(struct od_engine *engine, const char *flow, const char *params,
                         od_event_fn event, void *context, char run[OD_RUN_SIZE],
                         struct od_error *error);

/* Runs until no run is under way or od_engine_stop was called. */
OD_API void od_engine_loop(struct od_engine *engine);

/* Serves: takes webhooks (the setting engine.hooks is needed) and the runs that an
 * earlier engine left in the store. From then on od_engine_loop runs until
 * od_engine_stop. False with *error: "settings", "listen". */
OD_API bool od_engine_serve(struct od_engine *engine, struct od_error *error);

/* After od_engine_loop has returned: runs on, for at most so many seconds, until no
 * request and no answer is under way. What waits stays in the store for the next engine.
 */
OD_API void od_engine_drain(struct od_engine *engine, double seconds);

/* Makes od_engine_loop return soon; may be called from any thread and from a signal
 * handler. */
OD_API void od_engine_stop(struct od_engine *engine);

/* Which runs od_list_runs tells of. Zero it, set size and what you need. */
struct od_filter {
  size_t size;              /* sizeof(struct od_filter) */
  const char *state, *flow; /* NULL: any */
  const char *before;       /* a run's id: those that began before it; NULL: all */
  unsigned limit;           /* 0 means 50; at most 1,000 */
};

/* These look at the store that the settings name, also while an engine, here or
 * elsewhere, works on it; they block and change nothing in it. The texts are JSON, to be
 * given back with od_text_free; NULL with *error: "settings", "store", "memory". */

/* The runs, newest first, as an array of {run, flow, version, state, created, finished,
 * error, waiting: {op, line, since}, call: {number, provider, state, since}}. */
OD_API char *od_list_runs(const struct od_config *config, const struct od_filter *filter,
                          struct od_error *error);

/* One run with its report, created, finished, waiting, and as events what od_event_fn was
 * told, keyed digits masked. *error may also be "usage": there is no such run. */
OD_API char *od_show_run(const struct od_config *config, const char *run,
                         struct od_error *error);

/* Copies the store as it is at this moment into a new file. False with *error, also
 * "usage" when the file is there already. */
OD_API bool od_copy_store(const struct od_config *config, const char *file,
                          struct od_error *error);

OD_API void od_text_free(char *text);

/* One thing wrong in a script; line 0 where it concerns the whole file. */
typedef void (*od_problem_fn)(void *context, const char *path, int line,
                              const char *message);

/* Checks scripts without running them: files, folders, or every script of the folder of
 * the setting engine.scripts when paths is NULL. *checked counts the files. Returns false
 * with *error only when it could not look at all ("usage", "settings"). */
OD_API bool od_check(const struct od_config *config, const char *const *paths,
                     od_problem_fn problem, void *context, size_t *checked,
                     struct od_error *error);

/* "0.1.0" */
OD_API const char *od_version(void);

#ifdef __cplusplus
}
#endif

#endif
