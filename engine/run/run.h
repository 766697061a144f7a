/* Runs: executions of flows, each in a Lua state of its own, with its journal and calls.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "provider/provider.h"
#include "store/store.h"

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>

struct runs;
struct run;
struct call;

/* The webhook address that a provider is given: appends the URL to out, or fails with
 * "settings". token NULL: only makes sure that webhooks can arrive. */
typedef bool (*runs_hook_fn)(void *context, const struct provider *provider,
                             const char *token, struct buffer *out, struct error *error);

/* What happens to a run, see od_event_fn. */
typedef void (*run_event_fn)(void *context, const char *run, const char *event);

struct runs_plan {
  struct ev_loop *loop;
  struct store *store;
  struct providers *providers;
  const struct releases *releases;
  const struct log *log;
  const struct clock *clock;             /* NULL: the system's */
  struct script_plan script;             /* how a flow's state is made */
  const struct op_kind *const *op_kinds; /* what flows may ask for */
  void *parts;                           /* for the op kinds */
  runs_hook_fn hook;
  /* Calls event, which belongs to whoever follows the run, when it suits. */
  void (*tell)(void *context, run_event_fn event, void *event_context, const char *run,
               const char *text);
  run_event_fn event; /* of runs that nobody follows, or NULL */
  void *event_context;
  double patience; /* seconds that a waiting run stays in memory; 0: leaves at each op and
                      comes back at once, to show that it can */
  void (*idle)(
      void *context); /* the last followed run under way has ended or was parked */
  void *context;      /* for hook, tell and idle */
};

/* NULL if out of memory. What the plan points to must outlive the runs. */
struct runs *runs_new(const struct runs_plan *plan);

/* Drops every run as it stands; what the store has of them stays. */
void runs_free(struct runs *runs);

/* No new work from now on: no run starts, and none is taken up because it is due. */
void runs_stop(struct runs *runs);

bool runs_are_stopped(const struct runs *runs);

/* Whether all that an earlier engine left has been taken up. */
bool runs_are_recovered(const struct runs *runs);

/* Whether any run is known to be on disk, so that its end must get there too. */
bool runs_accepted(const struct runs *runs);

/* How many runs that somebody follows are neither finished nor parked. */
size_t runs_under_way(const struct runs *runs);

/* Takes up the runs that an earlier engine left, and from then on each that is due. */
void runs_recover(struct runs *runs);

/* Takes up at once what could not be brought back so far: that may have changed. */
void runs_retry(struct runs *runs);

/* Starts a flow by name or path; params is an object (borrowed). NULL with *error:
 * "usage", "syntax", "script", "memory" … The first op is asked for on the loop's next
 * turn. */
struct run *run_start(struct runs *runs, const char *flow, const json_t *params,
                      run_event_fn event, void *context, struct error *error);

const char *run_id(const struct run *run);
int64_t run_now(const struct run *run); /* wall clock ms, as its flow is told */
int run_seq(const struct run *run);     /* of its newest op */
const struct runs_plan *run_plan(const struct run *run);

/* {"run","flow","version","state","result","error","calls"}; owned by the caller. */
json_t *run_report(const struct run *run);

/* Tells of the call that was looked for, brought back into memory if need be; NULL when
 * there is none, with *error when that could not be found out. */
typedef void (*runs_found_fn)(void *context, struct call *call,
                              const struct error *error);

/* Finds a call by the token of its webhook address; the token is compared in constant
 * time. found may be called inside. */
void runs_find_token(struct runs *runs, const char *token, runs_found_fn found,
                     void *context);

/* Finds a provider's call by its id, or else by the provider's reference (either may be
 * NULL). */
void runs_find_call(struct runs *runs, const char *provider, const char *id,
                    const char *reference, runs_found_fn found, void *context);

/* What a person decides. done tells how it went, perhaps from inside: *error is NULL, or
 * "missing" (there is no such run), "usage" (it is not in the state for this), or why it
 * cannot be brought into memory. */
typedef void (*runs_done_fn)(void *context, const struct error *error);

/* Ends a run: hangs up its calls where the provider can, lets go of the others. */
void runs_cancel(struct runs *runs, const char *run, runs_done_fn done, void *context);

/* Says of a run that is `unknown` whether its call was placed. Placed, it goes on, or,
 * when the provider cannot be asked how the call went, the call ends as `expired`. Not
 * placed, the call ends as failed(not_placed), and the flow goes on with that. */
void runs_resolve(struct runs *runs, const char *run, bool placed, runs_done_fn done,
                  void *context);

/* From now on somebody is told what happens to every run, beside who follows it; hear
 * NULL: nobody any more. */
void runs_hear(struct runs *runs, run_event_fn hear, void *context);

enum { RUNS_ENDS = 5 };

struct runs_figures {
  uint64_t started; /* since the engine started */
  struct {
    const char *state; /* "completed", "failed", "canceled", "unknown", "parked" */
    uint64_t count;    /* how often a run came to that */
  } ended[RUNS_ENDS];
  uint64_t in_memory; /* now */
};
void runs_measure(const struct runs *runs, struct runs_figures *figures);

/* Whether something is under way that only memory has: requests, answers. */
bool runs_are_busy(const struct runs *runs);

/* Whether any create-call is under way, which the system's time paces. */
bool runs_are_placing(const struct runs *runs);

/* --- for the rooms that make ops of it --- */

/* A new call of the run; joins its list. */
void run_add_call(struct run *run, struct call *call);
int run_next_number(const struct run *run);
int run_call_count(const struct run *run);
struct call *run_call(const struct run *run, int number);

/* The call of the run has changed: perhaps the run is over, or parked. */
void run_settle(struct run *run);

/* The call under the waiting op has ended: the flow ends here. Journals that, drops the
 * coroutine and, on the loop's next turn, runs on_hangup, if anybody had answered. False
 * in on_hangup itself, where the op is to be answered. */
bool run_hang_up(struct run *run, struct call *call);

/* Tells whoever follows the run; event is taken over and gets its "at". */
void run_tell(struct run *run, json_t *event);

#endif
