/* outdial: places outbound phone calls through voice providers' HTTP APIs and runs the
 * conversation on them. This is the library's only header.
 *
 * Loops. An engine works on a loop of its own while od_engine_loop runs, or on the libev
 * loop of the host (config.loop), or on a thread of its own (od_engine_thread). Several
 * engines may live in one process, each in its own way.
 *
 * Threads. An engine belongs to the thread that made it: its functions may be called from
 * there only, except where one says otherwise. An engine with a thread of its own may be
 * called from any thread. od_check, od_audio_check and the functions that look at a store
 * need no engine and may be called from any thread.
 *
 * Callbacks are called on the engine's thread, or inside od_engine_dispatch; never while
 * work of the engine is under way below them, so they may call any function of this
 * header, od_engine_free too. The functions of struct od_allocator and struct od_clock,
 * and an od_line_fn, are the exception.
 *
 * Text is UTF-8 and JSON where it says so. What a function receives is copied, what a
 * callback receives is valid during the callback.
 *
 * Errors. Functions that can fail fill *error, which may be NULL. A call that breaks a
 * rule of this page is refused with the code "misuse" and changes nothing.
 *
 * The library handles no signals, prints nothing, ends nothing and changes nothing that
 * belongs to the process; its numbers have a point whatever the locale. Its descriptors
 * are closed on exec, but for a pair of sockets that libcurl keeps to wake itself and the
 * one of an od_control under way. After a fork without exec the child must leave its
 * engines alone, which refuse to work there.
 *
 * Scripts run in Lua 5.4. A program that exports the functions of another (LuaJIT, 5.1)
 * has to load the library with RTLD_DEEPBIND, or the two are mixed up. */
#ifndef OUTDIAL_H
#define OUTDIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define OD_API __attribute__((visibility("default")))
#else
#define OD_API
#endif

struct ev_loop;   /* of libev */
struct od_engine; /* one engine, with its store, scripts and runs */

/* What went wrong. */
struct od_error {
  char code[32];     /* a word: "settings", "usage", "script", "store", "misuse" … */
  char message[480]; /* a sentence: what happened, where, what to do */
  char file[160];    /* the end of the path of the script it is about; or "" */
  int line;          /* there; 0 where it concerns no one line */
  char source[160];  /* that line, where its text is at hand; or "" */
};

/* How much a remark matters. */
enum od_level { OD_ERROR, OD_WARNING, OD_INFO, OD_DEBUG };

/* One remark of the engine, without a newline. Never holds a secret or a keyed digit.
 * That a script is at fault is two remarks: the second is its line. */
typedef void (*od_log_fn)(void *context, enum od_level level, const char *line);

/* What happens to a run, see od_run_start. */
typedef void (*od_event_fn)(void *context, const char *run, const char *event);

/* Where scripts get their memory, nearly all that a waiting run holds. The rest comes
 * from malloc, as do SQLite, libcurl and jansson, whose allocators belong to the process.
 */
struct od_allocator {
  /* Makes, resizes (block, old_size) or with size 0 frees; NULL when it cannot. Called on
   * the engine's thread; must not call the engine. */
  void *(*resize)(void *context, void *block, size_t old_size, size_t size);
  void *context; /* for resize */
};

/* The wall clock: what flows are told, what journals and events are stamped with, and
 * what decides when a wait of a flow or a call is over, and when something planned for a
 * time of day is due. It is looked at each second, and by od_engine_advance. */
struct od_clock {
  int64_t (*now)(void *context); /* ms since 1970 UTC; must not call the engine */
  void *context;                 /* for now */
};

/* A line of a flow's script, or of a module that it requires, is about to run; path is as
 * in messages, "pin.lua". On the engine's thread; must not call the engine. */
typedef void (*od_line_fn)(void *context, const char *path, int line);

/* A script in memory, found before those in the folder of the setting engine.scripts. */
struct od_script {
  const char *path; /* "flows/pin.lua", "providers/routee.lua", "lib/hours.lua" */
  const char *text; /* copied */
};

/* How an engine is made. Zero it, set size and what you need. Relative paths are those of
 * the working folder as it is when they are used: give others if the program leaves it.
 */
struct od_config {
  size_t size;                 /* sizeof(struct od_config) */
  const char *const *settings; /* "veratad.url=https://…", first found wins; NULL-ended */
  const char *config_file;     /* a Lua file that returns a table of tables, or NULL */
  od_log_fn log;               /* NULL: silent */
  void *log_context;           /* for log */
  enum od_level log_level;     /* remarks above it are dropped */
  struct ev_loop *loop; /* the host's, which outlives the engine; NULL: an own one */
  od_event_fn event;    /* of runs that were started without one, or by an earlier
                           engine; may be NULL */
  void *event_context;  /* for event */
  const struct od_allocator *allocator; /* copied; NULL: malloc */
  const struct od_clock *clock;         /* copied; NULL: the system's */
  const struct od_script *scripts;      /* copied, up to one without a path; or NULL */
  od_line_fn line;                      /* NULL: flows run at their full speed */
  void *line_context;                   /* for line */
};

/* Reads the settings (the array, then the environment, then the file), opens the store
 * and makes the parts. The store is the setting engine.store: a file, or "memory:NAME"
 * for one that is gone with the last engine of this process that uses the name.
 * NULL with *error: "settings", "store", "listen", "memory", "misuse". */
OD_API struct od_engine *od_engine_new(const struct od_config *config,
                                       struct od_error *error);

/* Leaves unfinished runs in the store and gives everything back, at any moment. What is
 * still to be told to the host is told before it returns (an answer that is due becomes
 * the error "stopped", a webhook's reply 503), and nothing after. By then no other thread
 * may be in a function of this engine, be it od_engine_dispatch or od_host_answer. NULL
 * does nothing, and nor does a call from a thread that may not call the engine. */
OD_API void od_engine_free(struct od_engine *engine);

/* --- runs --- */

/* Room for a run's id. */
enum { OD_RUN_SIZE = 13 /* with its NUL */ };

/* Starts a flow (a name or a path). params is a JSON object; a string stands for any type
 * and is converted by the parameter's declaration. The run's id goes to run. False with
 * *error: "usage" (no such flow, wrong parameters), "syntax", "script", "runaway" (the
 * flow cannot be loaded), "stopping" (od_engine_drain was called), "store", "memory".
 *
 * event, which may be NULL, is told what happens to the run, as a JSON object with "kind"
 * and "at" (wall clock ms):
 *
 *     started   flow, version, path
 *     op        seq, op, file, line, args    the flow asked for something
 *     result    seq, op, result              and this is what it got (digits masked)
 *     call      call, number, provider, to, state, reason, reference, source,
 *               provider_version               of its script, as of this event
 *     leg       call, to, state              a number the call was connected to
 *     log       level, message
 *     finished  report                       what `outdial run --json` prints
 */
OD_API bool od_run_start(struct od_engine *engine, const char *flow, const char *params,
                         od_event_fn event, void *context, char run[OD_RUN_SIZE],
                         struct od_error *error);

/* Tells how something went that takes its time: error is NULL when it is done. */
typedef void (*od_done_fn)(void *context, const struct od_error *error);

/* Ends a run: hangs up its calls where the provider can, lets go of the others. done,
 * which may be NULL, is told once: *error "missing" (no such run), "usage" (it has
 * ended), "store", "stopped". */
OD_API bool od_run_cancel(struct od_engine *engine, const char *run, od_done_fn done,
                          void *context, struct od_error *error);

/* Says of a run that is `unknown` whether its call was placed; it goes on with that. done
 * as in od_run_cancel. */
OD_API bool od_run_resolve(struct od_engine *engine, const char *run, bool placed,
                           od_done_fn done, void *context, struct od_error *error);

/* --- functions of the host --- */

/* A flow called outdial.host(name, args). It is a journaled operation: a replay gets the
 * same answer without asking again. Only a process that died between question and answer
 * asks once more, with the same run and seq. */
struct od_request {
  size_t size;      /* of this struct, which may grow at its end */
  uint64_t id;      /* for od_host_answer */
  const char *run;  /* who asks */
  int seq;          /* the number of this operation of the run */
  const char *name; /* of the function */
  const char *args; /* JSON: what the flow gave */
};

/* Answers with od_host_answer or od_host_refuse, inside or later, once. */
typedef void (*od_host_fn)(void *context, const struct od_request *request);

/* Gives flows a function. A name that is taken is replaced; NULL takes it away: flows
 * that call it get nil and the code "no_function". False with *error: "misuse" (a name
 * that is empty or has over 63 bytes), "limit" (more than 256 functions), "memory".
 *
 * The name "outdial.http" is asked in place of the network when a flow calls
 * outdial.http: args are its options, the answer is {status, headers, body, json}. */
OD_API bool od_host_function(struct od_engine *engine, const char *name,
                             od_host_fn function, void *context, struct od_error *error);

/* The flow gets this JSON value. From any thread. False with *error: "gone" when nobody
 * waits for it any more (the run was canceled, its time is over, it was answered),
 * "usage" when it is no JSON. */
OD_API bool od_host_answer(struct od_engine *engine, uint64_t id, const char *value,
                           struct od_error *error);

/* The flow gets nil and {code, message}. From any thread, and fails as od_host_answer. */
OD_API bool od_host_refuse(struct od_engine *engine, uint64_t id, const char *code,
                           const char *message, struct od_error *error);

/* --- webhooks that the host's own web server received --- */

/* One request, as it came. */
struct od_webhook {
  size_t size;        /* sizeof(struct od_webhook) */
  const char *method; /* "POST" */
  const char *target; /* as in the request line: "/hooks/routee/0123…?turn=2" */
  const char *body;   /* may be NULL when length is 0 */
  size_t length;      /* of body; at most 64 KiB */
};

/* What the host's server is to answer: application/json. Called once for each webhook. */
typedef void (*od_reply_fn)(void *context, int status, const char *body, size_t length);

/* Takes a webhook. With the setting engine.hooks=host the engine does not listen itself;
 * engine.public_url is then needed. Providers expect the reply within seconds, and get
 * it: the engine sees to that. False with *error, and reply is not called: "memory". */
OD_API bool od_webhook(struct od_engine *engine, const struct od_webhook *webhook,
                       od_reply_fn reply, void *context, struct od_error *error);

/* --- the loop --- */

/* Runs until no run that it started is under way or od_engine_stop was called. False with
 * *error "misuse": it has no loop to run, or is running it already. */
OD_API bool od_engine_loop(struct od_engine *engine, struct od_error *error);

/* For a host with a clock of its own (config.clock): does what is due by it, and all that
 * follows from that without time passing, and says in *due when the next thing is due (ms
 * since 1970; INT64_MAX: nothing is). So a host that sets its clock to *due and calls
 * again goes through a week in no time. Requests that are under way take their time.
 * False with *error "misuse": it has no clock of the host's, or as od_engine_loop. */
OD_API bool od_engine_advance(struct od_engine *engine, int64_t *due,
                              struct od_error *error);

/* Gives the engine a thread of its own, until od_engine_free. From then on every function
 * may be called from any thread, and callbacks come from od_engine_dispatch: call it when
 * *descriptor, which stays the engine's, is readable. False with *error: "misuse",
 * "memory". */
OD_API bool od_engine_thread(struct od_engine *engine, int *descriptor,
                             struct od_error *error);

/* Makes the callbacks that are due, on this thread. Does not wait. False with *error
 * "misuse": it has no thread, or another thread or a callback is at it. */
OD_API bool od_engine_dispatch(struct od_engine *engine, struct od_error *error);

/* Serves: takes webhooks (the setting engine.hooks is needed), what is asked through the
 * control API (the setting engine.control: the path of a socket, a port of loopback with
 * engine.control_token, or none; unset, a socket beside the store's file), and the runs
 * that an earlier engine left in the store. Scripts of the folder of engine.scripts,
 * except those asked for by path, are watched: new runs use an edit once od_check would
 * have nothing against it, and until then the last version that was good. From then on
 * od_engine_loop runs until od_engine_stop. False with *error: "settings", "listen",
 * after which it may be tried again, "memory", "misuse": it serves already. */
OD_API bool od_engine_serve(struct od_engine *engine, struct od_error *error);

/* After od_engine_loop has returned: runs on, for at most so many seconds, until no
 * request and no answer is under way. What waits stays in the store for the next engine.
 * False with *error "misuse", as od_engine_loop. */
OD_API bool od_engine_drain(struct od_engine *engine, double seconds,
                            struct od_error *error);

/* Makes od_engine_loop return soon; may be called from any thread and from a signal
 * handler. */
OD_API void od_engine_stop(struct od_engine *engine);

/* Which runs od_list_runs tells of. Zero it, set size and what you need. */
struct od_filter {
  size_t size;        /* sizeof(struct od_filter) */
  const char *state;  /* "failed", NULL: any */
  const char *flow;   /* by its name, NULL: any */
  const char *before; /* a run's id: those that began before it; NULL: all */
  unsigned limit;     /* 0 means 50; at most 1,000 */
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

/* What a script would do on what a run met: it is fed the digits, statuses and answers
 * that the run's journal has, and nothing is sent or written. flow is the script, by name
 * or path, with the modules of the folder of scripts; NULL is what the run began with, as
 * it was then. A parameter that had its default gets that of the script.
 *
 * An object of run, flow, version, state; same: whether the script does what the run did,
 * as far as that has come; events as od_show_run has them; ops: what the script asks for,
 * as {seq, op, args, file, line}, up to the first that differs; resumes: that one is more
 * than the run did, which then follows; end: {state, result, error}, or null where the
 * script is not followed so far; sources: {recorded, replayed}, each a script's text by
 * its file. *error may also be "usage" (there is no such run), "missing", "syntax",
 * "script", "runaway" (the script cannot be loaded), "parameters" (it would refuse those
 * of the run), "mismatch" (what the run began with does not do again what it did). */
OD_API char *od_replay_run(const struct od_config *config, const char *run,
                           const char *flow, struct od_error *error);

/* The versions of a script that went live in an engine that served, the newest first, as
 * an array of {version, since, manifest: {module: version}, runs}, runs being those under
 * way with it. kind is "flow", "provider" or "module". */
OD_API char *od_list_versions(const struct od_config *config, const char *kind,
                              const char *name, struct od_error *error);

/* One of them: {version, source}. version is its beginning, or NULL for the newest.
 * *error may also be "usage": there is no such version, or several begin like this. */
OD_API char *od_show_version(const struct od_config *config, const char *kind,
                             const char *name, const char *version,
                             struct od_error *error);

/* Copies the store as it is at this moment into a new file. False with *error, also
 * "usage" when the file is there already. */
OD_API bool od_copy_store(const struct od_config *config, const char *file,
                          struct od_error *error);

/* What is asked of the engine that serves the store which the settings name, in whatever
 * process that is, through its control API. Zero it, set size and what you need. */
struct od_demand {
  size_t size;        /* sizeof(struct od_demand) */
  const char *method; /* "GET", "POST" */
  const char *path;   /* "/runs", see the API's openapi.json */
  const char *body;   /* JSON, or NULL */
  const char *key;    /* an Idempotency-Key, or NULL */
};

/* Asks, and waits for the answer. Returns its HTTP status, also where that is a refusal,
 * with its body, to be given back with od_text_free; 0 with *error: "unreachable" when no
 * engine serves there, "connection", "settings", "memory". */
OD_API int od_control(const struct od_config *config, const struct od_demand *demand,
                      char **answer, struct od_error *error);

/* One of the engine's own settings as the config, the environment and the file give it:
 * "scripts", "store", "hooks" …; to be given back with od_text_free. NULL with *error:
 * "missing" when it is not set, "settings", "misuse", "memory". */
OD_API char *od_setting(const struct od_config *config, const char *name,
                        struct od_error *error);

/* Gives a text back that a function returned; NULL does nothing. */
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

/* The names of the scripts there are, in memory and in the folder of the setting
 * engine.scripts: {"flows": [...], "providers": [...]}, to be given back with
 * od_text_free. NULL with *error. */
OD_API char *od_list_scripts(const struct od_config *config, struct od_error *error);

/* What a script declares: kind is "flow" or "provider", name that of one or a path. A
 * JSON object, to be given back with od_text_free: name, path, version, summary; of a
 * flow params, by name {type, required, default, help}; of a provider settings, accepts
 * and what else it has that is no function. NULL with *error, "usage" where there is no
 * such script. */
OD_API char *od_show_script(const struct od_config *config, const char *kind,
                            const char *name, struct od_error *error);

/* How audio is looked at. Zero it, set size and what you need; NULL asks for nothing. */
struct od_audio {
  size_t size;                  /* sizeof(struct od_audio) */
  const char *name;             /* of bytes, for a check of its ending; NULL: none */
  bool raw_ulaw;                /* bytes that are nothing else are u-law at 8000 Hz */
  bool strict;                  /* refuse what would be a warning */
  bool figures;                 /* measure the level even where no verdict needs it */
  unsigned long long max_bytes; /* 0 means 1 GiB */
  double max_seconds;           /* 0 means 4 hours */
  int threads;                  /* for a long recording; 0: one for each processor */
  const char *const *accepts;   /* NULL-ended MIME types that will do; NULL: all */
  const char *taker;            /* who accepts those, for the sentence; NULL: nobody */
};

/* These block, and may be called from any thread. */

/* Decides by content what a file or some bytes are, whether they are whole, and how they
 * will sound on the phone. A JSON object, to be given back with od_text_free: path,
 * verdict ("good", "warning", "refused"), reason, message, mend, mime, container, codec,
 * bits, rate, channels, frames, bytes, duration, measures, warnings: [{code, message,
 * mend, start, end}]. NULL only if out of memory, or if this page was not followed. */
OD_API char *od_audio_check(const char *path, const struct od_audio *options);
OD_API char *od_audio_check_bytes(const void *bytes, size_t length,
                                  const struct od_audio *options);

/* Writes what a phone call wants: 8000 Hz, one channel, level set, silence at the ends
 * cut; as 16-bit WAV or, by the name's ending (.ulaw), as raw u-law. False with *error:
 * the reason of a refusal, "name", "same_file", "silent", "unwritable", "memory". */
OD_API bool od_audio_fix(const char *in, const char *out, const struct od_audio *options,
                         struct od_error *error);

/* Draws the waveform with what was found marked on it, as SVG. False with *error, as
 * above. */
OD_API bool od_audio_plot(const char *in, const char *out, const struct od_audio *options,
                          struct od_error *error);

/* Whether a name ends as those of audio files do. */
OD_API bool od_audio_named(const char *name);

/* The version of the library that runs: "0.1.0". */
OD_API const char *od_version(void);

#ifdef __cplusplus
}
#endif

#endif
