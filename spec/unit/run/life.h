/* The runs of one engine, on a store in memory and by a clock in the spec's hands. What
 * the store is to make sure of can be held back, it can be said to have no room, and the
 * time that work takes is made up: for these, the programs are linked with --wrap. */
#ifndef SPEC_RUN_LIFE_H
#define SPEC_RUN_LIFE_H

#include "base/pages.h"
#include "bind/bind.h"
#include "run/run.h"
#include "timer/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- the gate in front of the disk, and the pace --- */

enum { KEPT = 32 };

static struct {
  bool closed, full, refuses; /* refuses: as if out of memory */
  struct {
    struct store *store;
    store_done_fn done;
    void *context;
  } kept[KEPT]; /* syncs that wait in front of it */
  int count, passed;
  double time, each; /* what the steady clock says, and by how much more at each look */
} gate;

bool __real_store_sync(struct store *store, store_done_fn done, void *context);
bool __wrap_store_sync(struct store *store, store_done_fn done, void *context);
bool __wrap_store_sync(struct store *store, store_done_fn done, void *context) {
  if (gate.refuses) return false;
  if (!gate.closed) return __real_store_sync(store, done, context);
  assert_true(gate.count < KEPT);
  gate.kept[gate.count].store = store;
  gate.kept[gate.count].done = done;
  gate.kept[gate.count++].context = context;
  return true;
}

bool __real_store_has_room(const struct store *store, struct error *error);
bool __wrap_store_has_room(const struct store *store, struct error *error);
bool __wrap_store_has_room(const struct store *store, struct error *error) {
  return !gate.full && __real_store_has_room(store, error);
}

double __real_clock_monotonic(void);
double __wrap_clock_monotonic(void);
double __wrap_clock_monotonic(void) {
  return gate.time += gate.each;
}

static inline void gate_pass(int which) {
  assert_true(__real_store_sync(gate.kept[which].store, gate.kept[which].done,
                                gate.kept[which].context));
}

/* Those that wait go on in their order, and nothing is held back from now on. */
static inline void gate_open(void) {
  for (int i = 0; i < gate.count; i++) gate_pass(i);
  gate.count = 0;
  gate.closed = false;
}

/* --- runs --- */

#define FLOW(body)                                                                       \
  "local outdial = require 'outdial'\n"                                                  \
  "return outdial.flow { summary = 'a spec', params = {}, run = function() " body        \
  " end }\n"

enum { MINUTE = 60 * 1000 };

/* Seconds, after which runs that wait may leave memory. */
#define PATIENCE 0.001

struct life {
  struct ev_loop *loop;
  struct log log;
  char said[16384]; /* every line that was logged */
  struct error error;
  struct store *store;
  struct shelf *shelf;
  struct releases *releases;
  struct settings *settings;
  struct http_client *client;
  struct providers *providers;
  struct bind_parts parts;
  struct clock clock;
  struct timers timers;
  int64_t now;
  double patience;
  struct runs *runs;
  int asked;    /* ops, but for those of a replay */
  int finished; /* runs that have */
};

static inline void life_hear(void *context, enum log_level level, const char *line) {
  struct life *life = context;
  size_t length = strlen(life->said);
  (void)level;
  snprintf(life->said + length, sizeof life->said - length, "%s\n", line);
}

static inline int64_t life_now(void *context) {
  return ((struct life *)context)->now;
}

static inline bool life_hook(void *context, const struct provider *provider,
                             const char *token, struct buffer *out, struct error *error) {
  (void)context, (void)provider, (void)error;
  return buffer_printf(out, "http://127.0.0.1:1/hooks/tin/%s", token ? token : "");
}

static inline void life_tell(void *context, run_event_fn event, void *event_context,
                             const char *run, const char *text) {
  (void)context;
  event(event_context, run, text);
}

static inline void life_event(void *context, const char *run, const char *text) {
  struct life *life = context;
  (void)run;
  if (strstr(text, "\"kind\":\"op\"")) life->asked++;
  if (strstr(text, "\"kind\":\"finished\"")) life->finished++;
}

static inline void life_idle(void *context) {
  (void)context;
}

/* New runs, with what the shelf has, on the same store. */
static inline void life_begin(struct life *life) {
  life->releases = releases_new(life->shelf);
  life->providers = providers_new(&(struct providers_plan){
      .loop = life->loop,
      .client = life->client,
      .settings = life->settings,
      .scripts = life->shelf,
      .releases = life->releases,
      .log = &life->log,
      .script = {.limits = {.kind = SANDBOX_PROVIDER},
                 .ready = bind_provider,
                 .ready_context = &life->parts},
      .op_kinds = bind_provider_ops,
      .parts = &life->parts,
  });
  life->parts = (struct bind_parts){.loop = life->loop,
                                    .client = life->client,
                                    .providers = life->providers,
                                    .clock = &life->clock,
                                    .log = &life->log};
  life->runs = runs_new(&(struct runs_plan){
      .loop = life->loop,
      .store = life->store,
      .providers = life->providers,
      .releases = life->releases,
      .log = &life->log,
      .script = {.ready = bind_flow, .ready_context = &life->parts},
      .op_kinds = bind_flow_ops,
      .parts = &life->parts,
      .clock = &life->clock,
      .patience = life->patience,
      .hook = life_hook,
      .tell = life_tell,
      .event = life_event,
      .event_context = life,
      .idle = life_idle,
      .context = life,
  });
  assert_non_null(life->runs);
}

/* Its runs are dropped as they stand. */
static inline void life_end(struct life *life) {
  runs_free(life->runs);
  providers_free(life->providers);
  releases_free(life->releases);
}

static inline void life_put(struct life *life, const char *path, const char *text) {
  assert_true(shelf_put(life->shelf, path, text, &life->error));
}

static inline int set_up(void **state) {
  struct life *life = calloc(1, sizeof *life);
  memset(&gate, 0, sizeof gate);
  life->loop = ev_loop_new(0);
  life->log = (struct log){life_hear, life, LEVEL_DEBUG};
  life->now = 1767225600000; /* 2026-01-01 */
  life->clock = (struct clock){life_now, life, &life->timers};
  life->patience = PATIENCE;
  life->store = store_open(life->loop, "memory:", &life->log, &life->error);
  life->shelf = shelf_new("/nonexistent", &life->error);
  life->settings = settings_new(NULL, NULL, &life->error);
  life->client = http_client_new(life->loop, &life->log);
  life_put(life, "flows/rests.lua", FLOW("outdial.sleep(60)"));
  life_begin(life);
  *state = life;
  return 0;
}

static inline int tear_down(void **state) {
  struct life *life = *state;
  gate_open();
  life_end(life);
  store_close(life->store);
  http_client_free(life->client);
  settings_free(life->settings);
  shelf_free(life->shelf);
  ev_loop_destroy(life->loop);
  free(life);
  return 0;
}

/* Its id is noted. The run begins on the loop's next turn. */
static inline void start(struct life *life, const char *flow, char id[ID_RUN_SIZE]) {
  bool closed = gate.closed;
  gate.closed = false; /* it is accepted whatever is held back */
  json_t *params = json_object();
  struct run *run = run_start(life->runs, flow, params, NULL, NULL, &life->error);
  if (!run) fail_msg("%s", life->error.message);
  if (id) snprintf(id, ID_RUN_SIZE, "%s", run_id(run));
  json_decref(params);
  gate.closed = closed;
}

static inline void turn(struct life *life) {
  ev_run(life->loop, EVRUN_NOWAIT);
}

/* Those that wait now are all due to be looked at in the next turn. */
static inline void wear_out(void) {
  double end = __real_clock_monotonic() + 2 * PATIENCE;
  while (__real_clock_monotonic() < end) continue;
}

static inline void give_up(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop, (void)events;
  *(bool *)timer->data = true;
}

/* Lets the loop go on until then; only a broken engine makes a spec wait for long. */
#define until(life, condition)                                                           \
  do {                                                                                   \
    ev_timer patience;                                                                   \
    bool over = false;                                                                   \
    ev_timer_init(&patience, give_up, 20, 0);                                            \
    patience.data = &over;                                                               \
    ev_timer_start((life)->loop, &patience);                                             \
    while (!(condition) && !over) ev_run((life)->loop, EVRUN_ONCE);                      \
    ev_timer_stop((life)->loop, &patience);                                              \
    if (over) fail_msg("%s did not come about: %s", #condition, (life)->said);           \
  } while (0)

static inline void pass_time(struct life *life, int64_t ms) {
  life->now += ms;
  timers_fire(&life->timers, life->now);
}

static inline int in_memory(const struct life *life) {
  struct runs_figures figures;
  runs_measure(life->runs, &figures);
  return (int)figures.in_memory;
}

static inline bool has_left(const struct life *life, const char *run) {
  char line[80];
  snprintf(line, sizeof line, "run %s has left memory", run);
  return strstr(life->said, line) != NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
