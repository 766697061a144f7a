/* Running on a thread of its own. Whoever calls the engine holds its guard, which the
 * loop lets go while it waits. */
#include "engine.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void let_go(struct ev_loop *loop) EV_NOEXCEPT {
  struct od_engine *engine = ev_userdata(loop);
  guard_unlock(&engine->guard);
}

static void take_back(struct ev_loop *loop) EV_NOEXCEPT {
  struct od_engine *engine = ev_userdata(loop);
  guard_lock(&engine->guard);
}

static void *work(void *context) {
  struct od_engine *engine = context;
  guard_lock(&engine->guard);
  ev_run(engine->loop, 0);
  guard_unlock(&engine->guard);
  return NULL;
}

/* The host's signals are the host's: the thread inherits a mask that blocks them all. */
static bool start(struct od_engine *engine) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&engine->thread, NULL, work, engine);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return !failed;
}

static void give_back(struct od_engine *engine) {
  ev_set_loop_release_cb(engine->loop, NULL, NULL);
  engine->guard.shared = false;
  engine->guard.owner = pthread_self();
}

static bool begin(struct od_engine *engine, struct od_error *error) {
  if (!engine_may_loop(engine, error)) return false;
  engine->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (engine->descriptor < 0)
    return engine_refuse(error, "memory", "there are too many open files for an eventfd");
  post_collect(engine->post, engine->descriptor);
  ev_set_userdata(engine->loop, engine);
  ev_set_loop_release_cb(engine->loop, let_go, take_back);
  engine->guard.shared = true;
  guard_lock(&engine->guard); /* left as what was entered while it was not shared */
  if (start(engine)) return true;
  guard_unlock(&engine->guard);
  give_back(engine);
  post_collect(engine->post, -1);
  close(engine->descriptor);
  engine->descriptor = -1;
  return engine_refuse(error, "memory", "no thread could be started");
}

bool od_engine_thread(struct od_engine *engine, int *descriptor, struct od_error *error) {
  if (!engine_enter(engine, error)) return false;
  bool begun = descriptor ? begin(engine, error)
                          : engine_refuse(error, "misuse",
                                          "there is nowhere to put the descriptor");
  if (begun) *descriptor = engine->descriptor;
  guard_leave(&engine->guard);
  return begun;
}

/* From here on the engine is this thread's, and nobody else may call it. */
void engine_stop_thread(struct od_engine *engine) {
  if (!engine->guard.shared) return;
  ev_async_send(engine->loop, &engine->stop);
  pthread_join(engine->thread, NULL);
  give_back(engine);
}

bool od_engine_dispatch(struct od_engine *engine, struct od_error *error) {
  if (!engine_enter(engine, error)) return false;
  engine_hold(engine);
  bool delivered = false;
  if (engine->descriptor < 0)
    engine_refuse(error, "misuse",
                  "this engine has no thread: its callbacks come by themselves");
  else if (!(delivered = engine_deliver(engine)))
    engine_refuse(error, "misuse", "somebody is making this engine's callbacks already");
  engine_release(engine);
  return delivered;
}
