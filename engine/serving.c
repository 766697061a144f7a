/* An engine as a service: webhooks, the runs an earlier engine left, the end. */
#include "engine.h"

#include "base/clock.h"
#include "control/control.h"
#include "hooks.h"
#include "live.h"
#include "pruning.h"

/* So that a webhook to a provider's console is understood from the first second. */
static void load_providers(struct od_engine *engine) {
  char **names = shelf_list(engine->scripts, SOURCE_PROVIDER);
  for (char **name = names; name && *name; name++) {
    struct error error;
    struct provider *provider = providers_get(engine->providers, *name, &error);
    bool said = shelf_is_name(engine->scripts, SOURCE_PROVIDER, *name);
    if (!provider && !said)
      log_error(&engine->log, LEVEL_ERROR, &error, "%s", "");
    else if (provider && !provider_settle(provider, &error))
      log_line(&engine->log, LEVEL_DEBUG, "%s", error.message);
  }
  source_list_free(names);
}

/* A folder that is not there may come yet; a mistyped one never will. */
static void remark_on_no_flows(const struct od_engine *engine) {
  char **names = shelf_list(engine->scripts, SOURCE_FLOW);
  if (!names || !*names)
    log_line(&engine->log, LEVEL_WARNING,
             "there are no flows in %s/flows; --scripts says where they are",
             engine->own.scripts);
  source_list_free(names);
}

static bool start_pruning(struct od_engine *engine, struct error *error) {
  int64_t age;
  if (!engine->own.keep || engine->pruning) return true;
  if (!pruning_age(engine->own.keep, &age, error)) return false;
  engine->pruning =
      pruning_new(engine->loop, engine->store, age, engine->parts.clock, &engine->log);
  return engine->pruning || error_set(error, "memory", "out of memory for pruning");
}

static bool start_hooks(struct od_engine *engine, struct error *error) {
  if (engine->own.hooks) return hooks_listen(engine->hooks, error);
  return error_set(error, "settings",
                   "serving needs --hooks ADDRESS:PORT, where webhooks arrive");
}

/* A path that is only the default may turn out too long; then nobody may ask. */
static bool start_control(struct od_engine *engine, struct error *error) {
  struct control_address address;
  const struct engine_settings *own = &engine->own;
  if (engine->control) return true;
  if (!control_address_read(own->control, own->store, &address, error)) return false;
  if (address.kind == CONTROL_NOWHERE) return true;
  engine->control = control_new(&(struct control_plan){.loop = engine->loop,
                                                       .store = engine->store,
                                                       .runs = engine->runs,
                                                       .releases = engine->releases,
                                                       .log = &engine->log,
                                                       .version = OUTDIAL_VERSION,
                                                       .address = &address,
                                                       .token = own->control_token},
                                error);
  if (engine->control || own->control) return engine->control != NULL;
  log_line(&engine->log, LEVEL_WARNING,
           "no control API: %s; engine.control can name another path", error->message);
  return true;
}

static bool start_live(struct od_engine *engine, struct error *error) {
  if (!engine->live) engine->live = live_new(engine, error);
  return engine->live != NULL;
}

/* What an attempt that failed has started already is there for the next. */
static bool start(struct od_engine *engine, struct error *error) {
  if (engine->serving) return error_set(error, "misuse", "this engine serves already");
  return start_pruning(engine, error) && start_live(engine, error) &&
         start_control(engine, error) && start_hooks(engine, error);
}

bool od_engine_serve(struct od_engine *engine, struct od_error *error) {
  struct error wrong;
  if (!engine_enter(engine, error)) return false;
  bool started = start(engine, &wrong);
  if (started) {
    engine->serving = true;
    remark_on_no_flows(engine);
    load_providers(engine);
    runs_recover(engine->runs);
  } else {
    engine_error(error, &wrong);
  }
  engine_leave(engine);
  return started;
}

struct drain {
  struct od_engine *engine;
  ev_timer look;
  double until;
};

static void look_drained(struct ev_loop *loop, ev_timer *look, int events) {
  (void)events;
  struct drain *drain = look->data;
  bool over = drain->engine->closed || clock_monotonic() >= drain->until;
  if (over || !runs_are_busy(drain->engine->runs)) ev_break(loop, EVBREAK_ALL);
}

static void run_drain(struct od_engine *engine, double seconds) {
  runs_stop(engine->runs);
  struct drain drain = {.engine = engine, .until = clock_monotonic() + seconds};
  ev_timer_init(&drain.look, look_drained, 0, 0.02);
  drain.look.data = &drain;
  ev_timer_start(engine->loop, &drain.look);
  engine_run_loop(engine, 0);
  ev_timer_stop(engine->loop, &drain.look);
}

bool od_engine_drain(struct od_engine *engine, double seconds, struct od_error *error) {
  if (!engine_enter(engine, error)) return false;
  bool may = engine_may_loop(engine, error);
  engine_hold(engine);
  if (may) run_drain(engine, seconds);
  engine_release(engine);
  return may;
}
