/* What scripts see of the engine: one file for each kind of op or module. */
#ifndef BIND_BIND_H
#define BIND_BIND_H

#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "bind/host.h"
#include "http/client.h"
#include "provider/provider.h"
#include "script/op.h"
#include "script/script.h"

/* What the ops work with; the engine fills it, and it outlives every script. */
struct bind_parts {
  struct ev_loop *loop;
  struct http_client *client;
  struct worker *audio; /* where audio files are decoded */
  struct providers *providers;
  struct host *host;         /* whose functions flows call */
  const struct clock *clock; /* NULL: the system's */
  const struct log *log;
};

/* NULL-ended: what flows may ask for, and what providers may. */
extern const struct op_kind *const bind_flow_ops[];
extern const struct op_kind *const bind_provider_ops[];

/* script_ready_fn of flows and of providers; context is struct bind_parts. */
bool bind_flow(void *context, struct sandbox *sandbox, struct error *error);
bool bind_provider(void *context, struct sandbox *sandbox, struct error *error);

/* A sandbox with the library's checks of a script's text, see lua/outdial/check.lua. */
bool bind_check(void *context, struct sandbox *sandbox, struct error *error);

#endif
