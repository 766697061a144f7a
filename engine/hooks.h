/* Where webhooks arrive: {public_url}/hooks/{provider}/{token}. */
#ifndef ENGINE_HOOKS_H
#define ENGINE_HOOKS_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "run/conversation.h"
#include "run/run.h"

#include <ev.h>

struct hooks;

/* address: "127.0.0.1:8080" or "[::1]:0" (port 0: any), NULL for a free port of loopback,
 * "host" where another server receives them, for hooks_receive.
 * public_url: under which providers reach it, NULL where they run on this machine. Both
 * are copied. Nothing listens yet. NULL if out of memory. */
struct hooks *hooks_new(struct ev_loop *loop, const char *address, const char *public_url,
                        const struct log *log);
void hooks_free(struct hooks *hooks);

/* Whose calls and providers the webhooks are for. */
void hooks_serve(struct hooks *hooks, struct runs *runs, struct providers *providers);

/* Begins to listen; does nothing if it does already. *error: "settings", "listen". */
bool hooks_listen(struct hooks *hooks, struct error *error);

/* Appends the address for a call's webhooks, listening first. Refused ("settings") when
 * the provider is not on this machine and public_url is not set. token NULL: only
 * listens. */
bool hooks_url(struct hooks *hooks, const struct provider *provider, const char *token,
               struct buffer *out, struct error *error);

/* A webhook, from whatever server. */
struct hooks_request {
  const char *method, *path; /* the path percent-decoded, without the query */
  const char *turn, *leg;    /* of the query; NULL where it has none */
  const char *body;
  size_t length;
};

/* Answers by reply, once, perhaps from inside; when it stops meanwhile with 503. */
void hooks_receive(struct hooks *hooks, const struct hooks_request *request,
                   struct reply reply);

#endif
