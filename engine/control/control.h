/* The control API: what others may ask of an engine over HTTP. openapi.json has every
 * path. */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "control/address.h"
#include "http/server.h"
#include "run/run.h"
#include "store/store.h"

struct control;

struct control_plan {
  struct ev_loop *loop;
  struct store *store;
  struct runs *runs;
  const struct releases *releases;
  const struct log *log;
  const char *version;
  const struct control_address *address;
  const char *token; /* what a bearer of it must know; needed for CONTROL_PORT */
};

/* Listens. NULL with *error: "settings" (no token for a port), "listen", "memory". What
 * the plan points to must outlive it, except the address. */
struct control *control_new(const struct control_plan *plan, struct error *error);

/* Answers what still waits with 503. NULL does nothing. */
void control_free(struct control *control);

/* The port it listens on; 0 for a socket. */
unsigned short control_port(const struct control *control);

#endif
