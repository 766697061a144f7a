/* What the files of this room share: what a run is made of, and its ways through life. */
#ifndef RUN_INTERNAL_H
#define RUN_INTERNAL_H

#include "base/queue.h"
#include "base/table.h"
#include "run/directory.h"
#include "run/journal.h"
#include "run/run.h"
#include "timer/timer.h"

/* Somebody who wants to know what happens to a run, also after it left memory. */
struct follower {
  struct table_entry entry; /* by the run's id */
  struct follower *next, **link;
  char run[ID_RUN_SIZE];
  run_event_fn event;
  void *context;
  bool done; /* the run has finished or was parked */
};

struct run {
  struct runs *runs;
  struct run *next, **link; /* link: what points to it in the list of all */
  struct table_entry entry; /* by its id */
  char id[ID_RUN_SIZE];
  char flow[SOURCE_NAME_SIZE];
  char version[ID_DIGEST_SIZE];
  json_t *manifest; /* {"module": "hash"} of what the flow required */
  json_t *params;
  struct release *release; /* what it began with; NULL: it came back, see modules */
  struct script *script;
  struct task *task;
  struct journal *journal;
  struct call **calls;
  int call_count;
  struct timer *turn; /* hangs up or ends on the loop's next turn */
  struct call *hung_up;
  json_t *values; /* what the flow returned */
  struct error failure;
  bool returned, failed, ended, canceled;
  bool refused; /* it could not be put on disk: nothing of it is to stay there */
  const char *state;
  json_t *result, *error;
  int64_t created;
  int64_t finished;
  int64_t wake; /* when somebody has to look, as its row says; 0: at once, it goes on */
  struct queued queued;      /* until it begins, or is looked at after doze */
  struct timer *doze;        /* until it may leave memory */
  unsigned stirs;            /* how often something happened to it */
  struct follower *follower; /* NULL: nobody */
  json_t *modules;           /* {"module": "source"} of a run that came back */
  bool recalling;            /* its rows are being read, nothing is to be written */
  bool stays; /* came back and has not gone on since: for runs that always leave */
};

/* Something that the store will answer, perhaps after the runs are gone. First member of
 * what the answer needs. */
struct errand {
  struct runs *runs; /* NULL once they are gone */
  struct errand *next, **link;
};
void errand_begin(struct errand *errand, struct runs *runs);
struct runs *errand_end(struct errand *errand);

/* What a run waits to have on disk. done gets it, to be ended and freed. */
struct run_sync {
  struct errand errand;
  char run[ID_RUN_SIZE];
  unsigned note; /* how far the run was, by which done knows that it is there still */
};

/* False, without a call, only if out of memory. */
bool run_sync(struct run *run, unsigned note, store_done_fn done);

const struct runs_plan *runs_plan_of(const struct runs *runs);

/* Where those wait that begin, or may leave memory. */
struct queue *runs_queue(struct runs *runs);

/* --- runs.c --- */

void runs_add(struct runs *runs, struct run *run);
void runs_accept(struct runs *runs);                  /* a run is on disk */
void runs_remove(struct runs *runs, struct run *run); /* and frees it */
struct follower *runs_follow(struct runs *runs, const char *run, run_event_fn event,
                             void *context);
struct follower *runs_follower(struct runs *runs, const char *run);
struct run *runs_find(const struct runs *runs, const char *id);
size_t runs_count(const struct runs *runs); /* in memory */

/* For the figures. */
void runs_started(struct runs *runs);

/* Whether anybody follows the run or hears of all; if not, no event need be made. */
bool runs_listen(const struct run *run);

/* Tells whoever follows the run, and whoever hears of all. */
void runs_tell(const struct run *run, const json_t *event);

/* A run has finished or was parked. */
void runs_ended(struct run *run);

/* The calls of the runs in memory. */
struct directory *runs_directory(struct runs *runs);

struct due *runs_due(const struct runs *runs);

/* The run cannot go on: it leaves memory as the store has it, to be tried again later. */
void runs_put_off(struct run *run);

/* A run has left memory until wake (wall clock ms; 0: until something happens). */
void runs_left(struct runs *runs, const char *id, int64_t wake);

/* --- run.c --- */

void run_free(struct run *run);
void run_save(struct run *run);
void run_cancel(struct run *run);
bool run_is_canceled(const struct run *run); /* and perhaps not over yet */
void run_refuse(struct run *run, const struct error *error); /* and forgets it */
bool run_is_under_way(const struct run *run);
void run_over(struct run *run, json_t *values, const struct error *error);

/* The run stops here, for a person to decide. error is taken over. */
void run_park(struct run *run, const char *state, json_t *error);

/* --- flow.c --- */

struct task *run_make_task(struct run *run, const char *function, struct error *error);

/* The flow is left where it stands; next, on the loop's next turn, drops it. */
void run_leave_task(struct run *run, timer_fn next);
void run_drop_task(struct run *run);

/* --- begin.c, recall.c, doze.c, outward.c --- */

/* The op that was just asked for begins (task_go_ahead) once its row is on disk. */
void run_hold(struct run *run);

/* Loads the flow's text, with modules from where plan.find finds them. known: they were
 * found good before. */
bool run_load(struct run *run, struct source *source, sandbox_find_fn find, bool known,
              struct error *error);

/* The run's own seed of math.random: the same in a replay, since the id is. */
uint64_t run_seed(const char *id);

/* Scripts see their file's name in messages; it must be the same in a replay, which does
 * not know where the file was. */
bool run_rename(struct source *source, const char *folder, struct error *error);

/* A module's text, which the run is from now on tied to: of the set that it began with,
 * or else the newest (context: the run). */
bool run_find_module(void *context, const char *name, struct source *source,
                     struct error *error);

/* A run as the store tells it (STORE_RUN), up to where it had come. It joins runs. NULL
 * with *error when it cannot be brought back; the store is not changed by that. */
struct run *run_recall(struct runs *runs, const json_t *saved, struct error *error);

/* It begins this when it is its turn, unless something happens to it first. */
void run_enqueue(struct run *run, queue_fn begin);

/* Something happened: not yet the time to leave memory. While a run goes on, its row says
 * that it is to be taken up as soon as an engine starts. */
void run_stir(struct run *run);

/* The same for one that only came back to wait on. */
void run_linger(struct run *run);

/* It leaves memory now, or later if it cannot yet. */
void run_go(struct run *run);

#endif
