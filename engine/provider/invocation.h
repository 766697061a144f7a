/* One call of a provider's place, status or find, which may take its time. */
#ifndef PROVIDER_INVOCATION_H
#define PROVIDER_INVOCATION_H

#include "provider/provider.h"

struct invocation;

/* Puts the intent of a create-call on disk: the body as it will be sent. When that is
 * done invocation_permit lets the first byte leave. */
typedef void (*invocation_intent_fn)(void *context, struct invocation *invocation,
                                     const char *body, size_t length);

/* The function's results, an array borrowed for the call; or NULL with *error when the
 * script failed. Called once, unless cancelled. */
typedef void (*invocation_done_fn)(void *context, const json_t *results,
                                   const struct error *error);

struct invocation_plan {
  const char *function; /* "place", "status", "find" */
  json_t *subject;      /* its first argument, taken over; settings is the second */
  double deadline;      /* seconds for all of it; 0: none of its own */
  const struct buffer *replay; /* sent as the create-call's body, whatever the script
                                  says; NULL: what it says. Must outlive the invocation */
  invocation_intent_fn intent; /* NULL: submit is refused in this function */
  invocation_done_fn done;
  void *context;
};

/* NULL with *error if it could not begin; subject is taken over either way. done is
 * never called from inside. */
struct invocation *invocation_begin(struct provider *provider,
                                    const struct invocation_plan *plan,
                                    struct error *error);

/* Gives up without calling done. */
void invocation_cancel(struct invocation *invocation);

/* The intent is on disk: the create-call may leave. Or it could not be written. */
void invocation_permit(struct invocation *invocation, const struct error *error);

/* Whether a create-call was let go, so that the provider may have it whatever the script
 * says of it later. */
bool invocation_submitted(const struct invocation *invocation);

struct provider *invocation_provider(const struct invocation *invocation);

/* Where coroutines of its Lua state wait for one another. */
struct park *invocation_park(const struct invocation *invocation);

/* For the op submit: the bytes to send in place of the script's, or NULL. */
const struct buffer *invocation_replay(const struct invocation *invocation);

/* For the op submit: keeps what invocation_permit will let go, and asks for the intent.
 * False when this function may not submit. */
typedef void (*invocation_permit_fn)(void *context, const struct error *error);
bool invocation_intent(struct invocation *invocation, const char *body, size_t length,
                       invocation_permit_fn permit, void *context);

#endif
