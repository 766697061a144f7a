#include "cli/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* A signal handler has no other way to its engine. */
static _Atomic(struct od_engine *) caught;

static void stop(int signal_number) {
  (void)signal_number;
  struct od_engine *engine = atomic_load(&caught);
  if (engine) od_engine_stop(engine);
}

void interrupt_catch(struct od_engine *engine) {
  struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};
  atomic_store(&caught, engine);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

void interrupt_release(void) {
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  atomic_store(&caught, NULL);
}
