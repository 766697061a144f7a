/* Running: on a loop of its own until there is nothing more to do, or to serve. */
#include "engine.h"

#include "timer/timer.h"

static bool is_idle(const struct od_engine *engine) {
  return !engine->serving && engine->favours == 0 && runs_under_way(engine->runs) == 0;
}

static void all_stored(void *context, const struct error *error);

static void settle_again(void *context) {
  struct od_engine *engine = context;
  engine->breather = NULL;
  engine_settle(engine);
}

/* A run that was refused for the disk needs not be there; any other must get there. */
static void all_stored(void *context, const struct error *error) {
  struct od_engine *engine = context;
  if (engine->closed) return;
  bool wait = error && runs_accepted(engine->runs);
  if (wait && !engine->breather)
    engine->breather = timer_after(engine->loop, 1, settle_again, engine);
  if (!wait && engine->looping && is_idle(engine)) ev_break(engine->loop, EVBREAK_ALL);
}

/* The loop may end once the end of the last run is on disk. */
void engine_settle(void *context) {
  struct od_engine *engine = context;
  if (!engine->closed && is_idle(engine)) store_sync(engine->store, all_stored, engine);
}

void engine_favour_done(struct od_engine *engine) {
  engine->favours--;
  engine_settle(engine);
}

bool engine_may_loop(const struct od_engine *engine, struct od_error *error) {
  const char *why = NULL;
  if (engine->config.loop)
    why = "this engine works on the host's loop: run that";
  else if (engine->descriptor >= 0)
    why = "this engine runs on a thread of its own already";
  else if (engine->looping)
    why = "this engine's loop is running already";
  return !why || engine_refuse(error, "misuse", why);
}

void engine_run_loop(struct od_engine *engine, int flags) {
  engine->looping = true;
  ev_run(engine->loop, flags);
  engine->looping = false;
}

/* Where nothing is under way, there may still be something to tell. */
bool od_engine_loop(struct od_engine *engine, struct od_error *error) {
  if (!engine_enter(engine, error)) return false;
  bool may = engine_may_loop(engine, error);
  engine_hold(engine);
  if (may) engine_run_loop(engine, is_idle(engine) ? EVRUN_NOWAIT : 0);
  engine_release(engine);
  return may;
}

void od_engine_stop(struct od_engine *engine) {
  if (engine && !engine->config.loop && engine->descriptor < 0)
    ev_async_send(engine->loop, &engine->stop);
}
