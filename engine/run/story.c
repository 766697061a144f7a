#include "run/story.h"

#include "run/call_record.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static int64_t moment_of(const json_t *object, const char *key) {
  return json_integer_value(json_object_get(object, key));
}

/* Columns that hold JSON as text. */
static json_t *parse(const json_t *row, const char *key) {
  const char *text = json_string_value(json_object_get(row, key));
  json_t *value = text ? json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
  return value ? value : json_null();
}

/* As a collect's digits, and as a list of alternate numbers: either text or JSON. */
static json_t *recipient_of(const json_t *call) {
  const char *text = text_of(call, "recipient");
  json_t *list = *text == '[' ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
  return list ? list : json_string(text);
}

static json_t *masked(const json_t *values) {
  json_t *copy = json_copy((json_t *)values);
  const char *digits = json_string_value(json_array_get(copy, 0));
  if (!digits) return copy;
  char stars[65];
  snprintf(stars, sizeof stars, "%.*s", (int)strlen(digits),
           "****************************************************************");
  json_array_set_new(copy, 0, json_string(stars));
  return copy;
}

json_t *story_args(const char *op, const json_t *args) {
  if (strcmp(op, "host") != 0) return json_incref((json_t *)args);
  return json_pack("{sO}", "name", json_object_get(args, "name"));
}

json_t *story_result(const char *op, const json_t *values) {
  if (strcmp(op, "collect") == 0) return masked(values);
  return strcmp(op, "host") == 0 ? json_array() : json_incref((json_t *)values);
}

static void tell(json_t *events, int64_t at, json_t *event) {
  json_object_set_new(event, "at", json_integer(at));
  json_array_append_new(events, event);
}

static void tell_start(json_t *events, const json_t *saved) {
  tell(events, moment_of(saved, "created"),
       json_pack("{ss, ss, ss}", "kind", "started", "flow", text_of(saved, "flow"),
                 "version", text_of(saved, "script")));
}

/* --- the journal --- */

static void tell_log(json_t *events, const json_t *op, const json_t *args) {
  tell(events, moment_of(op, "started"),
       json_pack("{ss, ss, ss}", "kind", "log", "level", text_of(args, "level"),
                 "message", text_of(args, "message")));
}

static void tell_result(json_t *events, const json_t *op) {
  json_t *values = parse(op, "result");
  json_t *shown = story_result(text_of(op, "op"), values);
  tell(events, moment_of(op, "finished"),
       json_pack("{ss, sO, ss, so}", "kind", "result", "seq", json_object_get(op, "seq"),
                 "op", text_of(op, "op"), "result", shown));
  json_decref(values);
}

static void tell_op(json_t *events, const json_t *op) {
  json_t *args = parse(op, "args");
  tell(events, moment_of(op, "started"),
       json_pack("{ss, sO, ss, ss, sO, so}", "kind", "op", "seq",
                 json_object_get(op, "seq"), "op", text_of(op, "op"), "file",
                 text_of(op, "file"), "line", json_object_get(op, "line"), "args",
                 story_args(text_of(op, "op"), args)));
  if (strcmp(text_of(op, "op"), "log") == 0) tell_log(events, op, args);
  json_decref(args);
  if (json_is_string(json_object_get(op, "result"))) tell_result(events, op);
}

/* --- calls --- */

/* The reference came with one of the events and is part of all after it. */
static json_t *state_event(const json_t *call, const json_t *row, const json_t *payload,
                           const char *reference) {
  json_t *event =
      json_pack("{ss, ss, sO, ss, so, ss, ss}", "kind", "call", "call",
                text_of(call, "id"), "number", json_object_get(call, "number"),
                "provider", text_of(call, "provider"), "to", recipient_of(call), "state",
                text_of(payload, "state"), "source", text_of(row, "source"));
  static const char *const also[] = {"reason", "message", "provider_version"};
  for (size_t i = 0; i < sizeof also / sizeof *also; i++)
    record_set(event, also[i], json_string_value(json_object_get(payload, also[i])));
  record_set(event, "reference", *reference ? reference : NULL);
  return event;
}

/* As when it happened, states only move a call up: what came late was not told. */
static bool moves(const json_t *payload, int *rank) {
  int now = 0;
  const char *state = call_known_state(text_of(payload, "state"), &now);
  bool moved = state && (now > *rank || (now == 0 && *rank == 0));
  if (moved) *rank = now;
  return moved;
}

static void tell_call(json_t *events, const json_t *call) {
  char reference[256] = "";
  int rank = 0;
  size_t i;
  json_t *row;
  json_array_foreach (json_object_get(call, "events"), i, row) {
    const char *kind = text_of(row, "kind");
    json_t *payload = parse(row, "payload");
    const char *given = text_of(payload, "reference");
    if (*given) snprintf(reference, sizeof reference, "%s", given);
    if (strcmp(kind, "state") == 0 && moves(payload, &rank))
      tell(events, moment_of(row, "received"),
           state_event(call, row, payload, reference));
    if (strcmp(kind, "leg") == 0)
      tell(events, moment_of(row, "received"),
           json_pack("{ss, ss, ss, ss}", "kind", "leg", "call", text_of(call, "id"), "to",
                     text_of(payload, "to"), "state", text_of(payload, "state")));
    json_decref(payload);
  }
}

static json_t *call_line(const json_t *call) {
  json_t *line = json_pack("{ss, ss, so, ss}", "id", text_of(call, "id"), "provider",
                           text_of(call, "provider"), "to", recipient_of(call), "state",
                           text_of(call, "state"));
  record_set(line, "reason", json_string_value(json_object_get(call, "reason")));
  record_set(line, "reference", json_string_value(json_object_get(call, "reference")));
  return line;
}

/* --- the whole --- */

static json_t *report_of(const json_t *saved) {
  json_t *lines = json_array();
  size_t i;
  json_t *call;
  json_array_foreach (json_object_get(saved, "calls"), i, call)
    json_array_append_new(lines, call_line(call));
  return json_pack("{ss, ss, ss, ss, so, so, so}", "run", text_of(saved, "id"), "flow",
                   text_of(saved, "flow"), "version", text_of(saved, "script"), "state",
                   text_of(saved, "state"), "result", parse(saved, "result"), "error",
                   parse(saved, "error"), "calls", lines);
}

static void take(json_t *list, const json_t *from, size_t *next) {
  json_array_append(list, json_array_get(from, (*next)++));
}

static int64_t time_of(const json_t *list, size_t next) {
  const json_t *event = json_array_get(list, next);
  return event ? moment_of(event, "at") : INT64_MAX;
}

/* Whether an event is the result of an op that waits for what happens to calls. */
static bool is_brought(const json_t *event) {
  static const char *const ops[] = {"place", "collect", "wait", "detach", "finish"};
  if (strcmp(text_of(event, "kind"), "result") != 0) return false;
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    if (strcmp(ops[i], text_of(event, "op")) == 0) return true;
  return false;
}

/* In the order in which it happened. Within one moment, what happens to a call is what
 * brings an op its result, and does so after the op was asked for. */
static json_t *merged(json_t *journal, json_t *happenings) {
  json_t *list = json_array();
  size_t op = 0, happening = 0;
  while (op < json_array_size(journal) || happening < json_array_size(happenings)) {
    int64_t asked = time_of(journal, op), happened = time_of(happenings, happening);
    bool brought = is_brought(json_array_get(journal, op));
    if (happened < asked || (happened == asked && brought))
      take(list, happenings, &happening);
    else
      take(list, journal, &op);
  }
  json_decref(journal);
  json_decref(happenings);
  return list;
}

static int64_t end_of(const json_t *saved, const json_t *events) {
  int64_t finished = moment_of(saved, "finished");
  size_t count = json_array_size(events);
  return finished ? finished : moment_of(json_array_get(events, count - 1), "at");
}

json_t *story_events(const json_t *saved) {
  json_t *journal = json_array(), *happenings = json_array(), *row;
  size_t i;
  tell_start(journal, saved);
  json_array_foreach (json_object_get(saved, "ops"), i, row) tell_op(journal, row);
  json_array_foreach (json_object_get(saved, "calls"), i, row) {
    json_t *more = json_array();
    tell_call(more, row);
    happenings = merged(happenings, more);
  }
  json_t *events = merged(journal, happenings);
  if (events && strcmp(text_of(saved, "state"), "running") != 0)
    tell(events, end_of(saved, events),
         json_pack("{ss, so}", "kind", "finished", "report", report_of(saved)));
  return events;
}

static json_t *waiting_of(const json_t *saved) {
  const json_t *ops = json_object_get(saved, "ops");
  const json_t *last = json_array_get(ops, json_array_size(ops) - 1);
  bool waits = last && !json_is_string(json_object_get(last, "result")) &&
               strcmp(text_of(saved, "state"), "running") == 0;
  if (!waits) return json_null();
  return json_pack("{ss, sO, sO}", "op", text_of(last, "op"), "line",
                   json_object_get(last, "line"), "since",
                   json_object_get(last, "started"));
}

json_t *story_of(const json_t *saved) {
  json_t *events = story_events(saved), *story = report_of(saved);
  if (!events || !story) goto fail;
  json_object_set(story, "created", json_object_get(saved, "created"));
  json_object_set(story, "finished", json_object_get(saved, "finished"));
  json_object_set_new(story, "waiting", waiting_of(saved));
  json_object_set_new(story, "events", events);
  return story;
fail:
  json_decref(events);
  json_decref(story);
  return NULL;
}
