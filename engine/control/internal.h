/* What the files of this room share: one request on its way, and how it is answered. */
#ifndef CONTROL_INTERNAL_H
#define CONTROL_INTERNAL_H

#include "control/control.h"

#include <jansson.h>

struct control {
  struct control_plan plan;
  char *token;
  struct http_server *server;
  struct visit *visits;       /* requests that wait for the store or for a run */
  struct start *starts;       /* runs being started under a key */
  struct listener *listeners; /* clients that follow what happens */
  ev_timer heartbeat;         /* while there are any */
};

/* A request that waits. First member of whatever else it needs; made with malloc. */
struct visit {
  struct control *control; /* NULL once that is gone, and the exchange with it */
  struct visit *next;
  struct http_exchange *exchange;
};

/* Joins and leaves the list of those that wait; visit_end tells whether anybody still
 * waits for the answer. */
void visit_begin(struct visit *visit, struct control *control,
                 struct http_exchange *exchange);
bool visit_end(struct visit *visit);

/* One request: the id in its path is valid during the call. */
struct demand {
  struct control *control;
  struct http_exchange *exchange;
  const struct http_incoming *incoming;
  char id[ID_RUN_SIZE]; /* of /runs/{id}; "" where the path has none */
};

/* Answers with the object (taken over; NULL is out of memory). */
void control_answer(struct http_exchange *exchange, int status, json_t *object);

/* {"error": {"code", "message"}}. */
void control_refuse(struct http_exchange *exchange, int status, const char *code,
                    const char *message);

/* The same, with the status that stands for the error's code. */
void control_fail(struct http_exchange *exchange, const struct error *error);

/* --- what is served --- */

void control_start_run(const struct demand *demand); /* start.c */
void control_list_runs(const struct demand *demand); /* runs.c */
void control_show_run(const struct demand *demand);
void control_cancel_run(const struct demand *demand);
void control_resolve_run(const struct demand *demand);
void control_follow_run(const struct demand *demand); /* events.c */
void control_follow_all(const struct demand *demand);
void control_list_scripts(const struct demand *demand); /* scripts.c */
void control_health(const struct demand *demand);       /* health.c */
void control_ready(const struct demand *demand);
void control_metrics(const struct demand *demand);
void control_describe(const struct demand *demand); /* openapi.c */

/* Forgets those that only wait for others with their key. */
void control_end_starts(struct control *control);

/* Nobody is told of events any more. */
void control_end_events(struct control *control);

#endif
