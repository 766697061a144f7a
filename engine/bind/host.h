/* The functions of the host that flows call: who asks, and who has not been answered. */
#ifndef BIND_HOST_H
#define BIND_HOST_H

#include "base/error.h"
#include "outdial.h"

#include <jansson.h>

struct host;

struct host_function {
  char name[64];
  od_host_fn call;
  void *context;
};

/* ask: a flow has called the function; request is valid during the call. stir: somebody
 * answered, on any thread; host_collect is to be called on the loop's. */
typedef void (*host_ask_fn)(void *context, const struct host_function *function,
                            const struct od_request *request);
struct host *host_new(host_ask_fn ask, void (*stir)(void *context), void *context);

/* No run may be waiting any more. NULL does nothing. */
void host_free(struct host *host);

/* See od_host_function. */
bool host_offer(struct host *host, const char *name, od_host_fn call, void *context,
                struct error *error);

/* Has the op answered by the host's function of that name, if there is one. */
struct op;
bool host_stands_in(struct host *host, const char *name, struct op *op,
                    const json_t *args);

/* Any thread: the values (an array, taken over) for the flow. False with *error ("gone",
 * "memory"). */
bool host_answer(struct host *host, uint64_t id, json_t *values, struct error *error);

/* Hands the answers to their flows. */
void host_collect(struct host *host);

#endif
