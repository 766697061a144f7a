/* Time by the host's clock: what is due is done, and then the host may let time pass. */
#include "engine.h"

/* Counts what a turn of the loop has to call. */
static void invoke(struct ev_loop *loop) {
  struct od_engine *engine = ev_userdata(loop);
  engine->invoked += ev_pending_count(loop);
  ev_invoke_pending(loop);
}

/* Something is under way that takes its time by the system's clock. */
static bool is_busy(const struct od_engine *engine) {
  return http_client_is_busy(engine->client) || store_is_busy(engine->store) ||
         worker_is_busy(engine->audio) || runs_are_placing(engine->runs);
}

/* A turn that had nothing to call, and nothing under way: only time can bring more. */
static void work_off(struct od_engine *engine) {
  bool rests = false;
  engine->stopping = false;
  while (!engine->closed && !engine->stopping && !rests) {
    engine->invoked = 0;
    timers_fire(&engine->timers, clock_now(&engine->clock));
    ev_run(engine->loop, is_busy(engine) ? EVRUN_ONCE : EVRUN_NOWAIT);
    rests = !engine->closed && engine->invoked == 0 && !is_busy(engine) &&
            timers_next(&engine->timers) > clock_now(&engine->clock);
  }
}

static void advance(struct od_engine *engine) {
  ev_set_userdata(engine->loop, engine);
  ev_set_invoke_pending_cb(engine->loop, invoke);
  engine->looping = true;
  work_off(engine);
  engine->looping = false;
  ev_set_invoke_pending_cb(engine->loop, ev_invoke_pending);
}

static bool may_advance(const struct od_engine *engine, const int64_t *due,
                        struct od_error *error) {
  if (!engine_may_loop(engine, error)) return false;
  if (engine->config.clock && due) return true;
  return engine_refuse(
      error, "misuse",
      due ? "this engine goes by the system's clock: od_config.clock is not set"
          : "there is nowhere to put the time");
}

bool od_engine_advance(struct od_engine *engine, int64_t *due, struct od_error *error) {
  if (!engine_enter(engine, error)) return false;
  bool may = may_advance(engine, due, error);
  engine_hold(engine);
  if (may) advance(engine);
  if (may) *due = engine->closed ? INT64_MAX : timers_next(&engine->timers);
  engine_release(engine);
  return may;
}
