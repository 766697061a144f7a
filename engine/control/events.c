/* What happens, as it happens: server-sent events. */
#include "control/internal.h"
#include "run/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A client that has gone shows only when something is sent. */
static const double heartbeat = 15; /* seconds */

struct listener {
  struct visit visit; /* until its run was looked up */
  struct listener *next;
  struct http_stream *stream; /* NULL until then */
  char run[ID_RUN_SIZE];      /* "" for all runs */
  json_t *early;              /* what happened until then */
  unsigned long sent, skip;   /* events, and how many of them the client has had before */
};

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

/* --- who listens --- */

static void on_event(void *context, const char *run, const char *event);

static void on_heartbeat(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop, (void)events;
  struct control *control = timer->data;
  for (struct listener *listener = control->listeners; listener;
       listener = listener->next)
    if (listener->stream) http_stream_send(listener->stream, ":\n\n", 3);
}

static void join(struct control *control, struct listener *listener) {
  listener->next = control->listeners;
  control->listeners = listener;
  if (listener->next) return;
  runs_hear(control->plan.runs, on_event, control);
  ev_timer_init(&control->heartbeat, on_heartbeat, heartbeat, heartbeat);
  control->heartbeat.data = control;
  ev_timer_start(control->plan.loop, &control->heartbeat);
}

void control_end_events(struct control *control) {
  runs_hear(control->plan.runs, NULL, NULL);
  ev_timer_stop(control->plan.loop, &control->heartbeat);
}

static void leave(struct control *control, struct listener *listener) {
  struct listener **link = &control->listeners;
  while (*link != listener) link = &(*link)->next;
  *link = listener->next;
  if (!control->listeners) control_end_events(control);
}

static void listener_free(struct listener *listener) {
  json_decref(listener->early);
  free(listener);
}

static void on_gone(void *context) {
  struct listener *listener = context;
  leave(listener->visit.control, listener);
  listener_free(listener);
}

static struct listener *listener_new(const struct demand *demand) {
  struct listener *listener = calloc(1, sizeof *listener);
  if (!listener) {
    control_answer(demand->exchange, 500, NULL);
    return NULL;
  }
  memcpy(listener->run, demand->id, sizeof listener->run);
  const char *last = http_incoming_header(demand->exchange, "Last-Event-ID");
  if (last && *listener->run) listener->skip = strtoul(last, NULL, 10);
  return listener;
}

static bool open_stream(struct listener *listener, struct http_exchange *exchange) {
  static const struct http_head head = {.status = 200,
                                        .type = "text/event-stream",
                                        .name = "Cache-Control",
                                        .value = "no-store"};
  listener->stream = http_stream_open(exchange, &head, on_gone, listener);
  if (!listener->stream) control_answer(exchange, 500, NULL);
  return listener->stream != NULL;
}

/* --- telling --- */

static void send_event(struct listener *listener, const char *run, json_t *event) {
  if (++listener->sent <= listener->skip) return;
  json_object_set_new(event, "run", json_string(run));
  char *data = json_dumps(event, JSON_COMPACT), *text = NULL;
  int length = data ? asprintf(&text, "id: %lu\nevent: %s\ndata: %s\n\n", listener->sent,
                               text_of(event, "kind"), data)
                    : -1;
  if (length >= 0) http_stream_send(listener->stream, text, (size_t)length);
  if (length >= 0) free(text);
  free(data);
}

/* Whether nothing will happen to the run after this. */
static bool is_last(const json_t *event) {
  static const char *const states[] = {"completed", "failed", "canceled"};
  const char *state = text_of(json_object_get(event, "report"), "state");
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    if (strcmp(states[i], state) == 0) return true;
  return false;
}

/* Tells one that follows a single run; false when that was the last event. */
static bool tell_follower(struct listener *listener, json_t *event) {
  send_event(listener, listener->run, event);
  if (!is_last(event)) return true;
  http_stream_close(listener->stream);
  leave(listener->visit.control, listener);
  listener_free(listener);
  return false;
}

static void tell(struct listener *listener, const char *run, json_t *event) {
  if (*listener->run && strcmp(listener->run, run) != 0) return;
  if (!listener->stream)
    json_array_append_new(listener->early, json_deep_copy(event));
  else if (*listener->run)
    tell_follower(listener, event);
  else
    send_event(listener, run, event);
}

static void on_event(void *context, const char *run, const char *text) {
  struct control *control = context;
  json_t *event = json_loads(text, JSON_ALLOW_NUL, NULL);
  for (struct listener *listener = control->listeners, *next; event && listener;
       listener = next) {
    next = listener->next;
    tell(listener, run, event);
  }
  json_decref(event);
}

/* --- one run: what has happened, then what happens --- */

/* What tells one event of a run from the others; a log line goes with the op before it.
 */
static bool name_event(const json_t *event, char *name, size_t size) {
  if (strcmp(text_of(event, "kind"), "log") == 0) return false;
  snprintf(name, size, "%s %lld %s %s %s %s", text_of(event, "kind"),
           (long long)json_integer_value(json_object_get(event, "seq")),
           text_of(event, "call"), text_of(event, "to"), text_of(event, "state"),
           text_of(json_object_get(event, "report"), "state"));
  return true;
}

/* What came in while the store was asked may be in its answer already. */
static json_t *joined(json_t *events, json_t *early) {
  json_t *told = json_object(), *event;
  char name[400];
  bool known = false;
  size_t i;
  json_array_foreach (events, i, event)
    if (name_event(event, name, sizeof name))
      json_object_set_new(told, name, json_true());
  json_array_foreach (early, i, event) {
    if (name_event(event, name, sizeof name)) known = json_object_get(told, name) != NULL;
    if (!known) json_array_append(events, event);
  }
  json_decref(told);
  return events;
}

static void replay(struct listener *listener, const json_t *saved) {
  json_t *events = joined(story_events(saved), listener->early), *event;
  size_t i;
  json_array_foreach (events, i, event)
    if (!tell_follower(listener, event)) break;
  json_decref(events);
}

static void looked(void *context, const char *json, const struct error *error) {
  struct listener *listener = context;
  if (!visit_end(&listener->visit)) {
    listener_free(listener);
    return;
  }
  json_t *saved = json ? json_loads(json, 0, NULL) : NULL;
  if (saved && open_stream(listener, listener->visit.exchange)) {
    replay(listener, saved);
  } else {
    if (error)
      control_fail(listener->visit.exchange, error);
    else if (!saved)
      control_refuse(listener->visit.exchange, 404, "missing", "there is no such run");
    leave(listener->visit.control, listener);
    listener_free(listener);
  }
  json_decref(saved);
}

void control_follow_run(const struct demand *demand) {
  struct listener *listener = listener_new(demand);
  if (!listener) return;
  struct control *control = demand->control;
  const char *const values[] = {demand->id, NULL};
  listener->early = json_array();
  visit_begin(&listener->visit, control, demand->exchange);
  join(control, listener);
  if (store_ask(control->plan.store, STORE_RUN, values, looked, listener)) return;
  looked(listener, NULL, &(struct error){.code = "memory", .message = "out of memory"});
}

void control_follow_all(const struct demand *demand) {
  struct listener *listener = listener_new(demand);
  if (!listener) return;
  listener->visit.control = demand->control;
  if (open_stream(listener, demand->exchange))
    join(demand->control, listener);
  else
    listener_free(listener);
}
