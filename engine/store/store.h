/* Where runs, their journals, calls, events and scripts are kept: one SQLite file, WAL,
 * synchronous FULL, one writer on its own thread, group commit. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/error.h"
#include "base/log.h"

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* All text is copied by the call that takes it; NULL is stored as NULL. Times are wall
 * clock milliseconds (clock_wall_ms); 0 is stored as NULL. */

struct store_script { /* one version of a script or of a module it required */
  const char *hash;   /* SHA-256 of source, hex: the key */
  const char *kind;   /* "flow", "provider", "module" */
  const char *name;   /* "pin" */
  const char *source;
  size_t source_length;
  int64_t loaded;
};

struct store_run {
  const char *id, *flow;
  const char *script;         /* hash of the flow's source */
  const char *manifest;       /* JSON: {"module":"hash", …} of everything it required */
  const char *params;         /* JSON, as the flow sees them */
  const char *state;          /* "running", "completed", "failed", "unknown" */
  const char *result, *error; /* JSON or NULL */
  int64_t created, finished;
  int64_t wake; /* when it must be looked at again; 0: as soon as an engine starts */
};

struct store_op { /* one journal entry: what the flow asked of the engine */
  const char *run;
  int seq;            /* 1, 2, 3 … in the order the flow asked */
  const char *op;     /* "place", "collect", "sleep" … */
  const char *args;   /* canonical JSON */
  const char *digest; /* SHA-256 of args, hex */
  const char *file;   /* the script that asked, as people see it */
  int line;           /* its line */
  const char *result; /* JSON array of what the flow gets; NULL while it waits */
  int64_t started, finished;
};

struct store_call {
  const char *id; /* UUID: the attempt's id, from which provider-side keys derive */
  const char *run;
  int number;                                /* 1, 2 … within the run */
  const char *provider, *sender, *recipient; /* recipient: E.164, or JSON list of them */
  const char *state, *reason, *message, *reference;
  const char *token;   /* of its webhook address */
  const char *cursor;  /* what the next status request needs; may be a secret */
  const char *request; /* exact bytes of the create-call, secrets as ${name} */
  const char *digest;  /* SHA-256 of the bytes as sent */
  const char *detail;  /* JSON: whatever else the provider told */
  int64_t not_after;   /* a replay after a crash only before this */
  int64_t submitted;   /* when the intent was written */
  int64_t updated;
  int polls;       /* status questions asked so far */
  int64_t poll_at; /* when the next one is due */
};

struct store_event { /* something that happened to a call, in the order of arrival */
  const char *call;
  const char *key;     /* unique within the call: a second one with it is a duplicate */
  const char *kind;    /* "state", "digits", "hangup", "leg" */
  const char *source;  /* "webhook", "poll", "submit" */
  const char *payload; /* JSON */
  const char *answer;  /* what the provider was told, or NULL */
  int64_t received;
};

struct store_request { /* a run that was asked for under a key of the asker's */
  const char *key;     /* unique */
  const char *run;
  const char *digest; /* SHA-256 of what was asked, hex */
};

struct store_live { /* a version of a script from which on new work uses it */
  const char *kind, *name, *hash;
  const char *manifest; /* as a run's: the modules it was checked with */
  int64_t since;
};

/* Opens or makes the file (path-lock beside it keeps other engines off), or a database in
 * memory (see database_in_memory); blocks, so call it before the loop runs. NULL with
 * *error: "store" for a file that is not ours, newer than this program, not writable,
 * locked. */
struct store *store_open(struct ev_loop *loop, const char *path, const struct log *log,
                         struct error *error);

/* Writes what is queued, checkpoints, closes. Syncs still due are called and may queue
 * more; if the file can't be written they get the error, what is queued is lost (which is
 * logged), and syncs asked meanwhile are dropped. Not from inside a done. */
void store_close(struct store *store);

/* Each queues one row and returns at once; the writer commits what has gathered in one
 * transaction, as if row by row in the order given. Scripts are inserted if new, runs and
 * calls are upserted whole by id, ops by (run, seq), events by (call, key) where the
 * first row stays but a later answer is filled in. A row that can't be kept (no memory, a
 * run whose script or a call whose run is not there) shows as an error at the next sync
 * and is gone; the others are written. False when there is no memory. */
void store_script(struct store *store, const struct store_script *script);
void store_run(struct store *store, const struct store_run *run);
bool store_op(struct store *store, const struct store_op *op);
bool store_call(struct store *store, const struct store_call *call);
void store_event(struct store *store, const struct store_event *event);
void store_request(struct store *store, const struct store_request *request);
void store_live(struct store *store, const struct store_live *live);

/* The same, to delete a finished run with all of its rows; leaves others alone. */
void store_forget(struct store *store, const char *run);

/* Whether new work may begin. False with *error (may be NULL) "store" and why, when so
 * much waits for the disk that nothing is to begin whose rows would have to wait, too. */
bool store_has_room(const struct store *store, struct error *error);

/* Calls done once everything queued so far is on disk (error NULL), or when it could not
 * be written (error set; the rows stay queued and are tried again before later ones, with
 * the next sync or after a second). Never called from inside store_sync, which is false,
 * without a call, only if out of memory. */
typedef void (*store_done_fn)(void *context, const struct error *error);
bool store_sync(struct store *store, store_done_fn done, void *context);

/* What can be asked. The answer is one JSON text, NULL when there is no such thing. */
enum store_question {
  STORE_RUN,       /* id: the run with its source, modules, ops, calls and their events */
  STORE_TOKEN,     /* token: {call, run, provider} of the call with it */
  STORE_CALL,      /* id, provider: the same */
  STORE_REFERENCE, /* the provider's reference, provider: the same, the newest one */
  STORE_DUE,       /* wake, id, count: the next running runs after those two, in order, as
                      [[wake, id], …] */
  STORE_RUNS, /* state or "", flow or "", count, id or "": newest first, in short, those
                 that began before the run of that id */
  STORE_REQUEST, /* key: {run, digest} of what was asked for under it */
  STORE_OLD,     /* moment, count: runs that finished before it, the oldest first: ids */
  STORE_LIVE,  /* the newest version of each script that went live, as an array of {kind,
                  name, version, since, source, manifest, modules: {name: source}} */
  STORE_LIVES, /* kind, name: all that went live, newest first, as an array of {version,
                  since, manifest, runs} */
  STORE_TEXT,  /* kind, name, the beginning of a version or "": as an array of the newest
                  two that fit, {version, source} */
  STORE_LOAD,  /* the runs under way: an array of {flow, version, runs} */
  STORE_QUESTIONS,
};

/* Asks once everything queued so far is on disk; answer is called on the loop, never from
 * inside. values: up to four texts, NULL-ended. False, without a call, if out of memory.
 */
typedef void (*store_answer_fn)(void *context, const char *json,
                                const struct error *error);
bool store_ask(struct store *store, enum store_question question,
               const char *const *values, store_answer_fn answer, void *context);

/* Whether something is being written, or an answer is still to come. */
bool store_is_busy(const struct store *store);

struct store_figures {
  uint64_t rows, commits; /* since the store was opened */
  uint64_t waiting;       /* rows not on disk yet */
  bool failing;           /* the last write did not succeed and is being tried again */
};
void store_measure(const struct store *store, struct store_figures *figures);

#endif
