/* A call as others see it: in reports, by the provider's functions, in the store. */
#include "run/call_record.h"
#include "run/conversation.h"
#include "run/submission.h"
#include "run/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void record_set(json_t *object, const char *key, const char *value) {
  json_object_set_new(object, key, value ? json_string(value) : json_null());
}

json_t *call_failure(const struct call *call) {
  struct error told;
  bool failed = strcmp(call->state, "failed") == 0;
  const char *code = failed && call->reason ? call->reason : call->state;
  if (call->message)
    error_set(&told, code, "%s", call->message);
  else
    error_set(&told, code, "the call through %s ended as %s%s%s",
              provider_name(call->provider), call->state, call->reason ? ": " : "",
              call->reason ? call->reason : "");
  return json_pack("{ss, ss, ss}", "code", code, "message", told.message, "state",
                   call->state);
}

json_t *call_report(const struct call *call) {
  json_t *report = json_pack("{ss, ss, sO, ss}", "id", call->id, "provider",
                             provider_name(call->provider), "to",
                             json_object_get(call->args, "to"), "state", call->state);
  record_set(report, "reason", call->reason);
  record_set(report, "reference", call->reference);
  return report;
}

static json_t *make_subject(const struct call *call) {
  json_t *subject = json_copy(call->args);
  const char *hook = submission_hook(call->submission);
  int wrong = json_object_set_new(subject, "id", json_string(call->id));
  wrong |= json_object_set_new(subject, "state", json_string(call->state));
  wrong |= json_object_set(subject, "detail", call->detail);
  if (call->submitted)
    wrong |= json_object_set_new(subject, "submitted", json_integer(call->submitted));
  if (call->reference)
    wrong |= json_object_set_new(subject, "reference", json_string(call->reference));
  if (call->cursor)
    wrong |= json_object_set_new(subject, "cursor", json_string(call->cursor));
  if (hook) wrong |= json_object_set_new(subject, "hook", json_string(hook));
  if (!wrong) return subject;
  json_decref(subject);
  return NULL;
}

/* Every turn of a talk asks for it, and hardly any changes it. */
json_t *call_subject(struct call *call) {
  if (!call->subject) call->subject = make_subject(call);
  return json_incref(call->subject);
}

void call_forget_subject(struct call *call) {
  json_decref(call->subject);
  call->subject = NULL;
}

bool call_save(struct call *call) {
  call_forget_subject(call); /* something changed */
  char *recipient =
      json_dumps(json_object_get(call->args, "to"), JSON_COMPACT | JSON_ENCODE_ANY);
  char *detail = json_dumps(call->detail, JSON_COMPACT | JSON_SORT_KEYS);
  int polls;
  int64_t poll_at = watch_next(call->watch, &polls);
  json_t *to = json_object_get(call->args, "to");
  bool kept =
      store_call(run_plan(call->run)->store,
                 &(struct store_call){
                     .id = call->id,
                     .run = run_id(call->run),
                     .number = call->number,
                     .provider = provider_name(call->provider),
                     .sender = json_string_value(json_object_get(call->args, "from")),
                     .recipient = json_is_string(to) ? json_string_value(to) : recipient,
                     .state = call->state,
                     .reason = call->reason,
                     .message = call->message,
                     .reference = call->reference,
                     .token = call->token,
                     .cursor = call->cursor,
                     .request = call->request,
                     .digest = call->request ? call->digest : NULL,
                     .detail = detail,
                     .not_after = call->not_after,
                     .submitted = call->submitted,
                     .updated = run_now(call->run),
                     .polls = polls,
                     .poll_at = poll_at,
                 });
  free(recipient);
  free(detail);
  return kept;
}

/* --- coming back --- */

static char *copy_text(const json_t *row, const char *key) {
  const char *text = json_string_value(json_object_get(row, key));
  return text ? strdup(text) : NULL;
}

static void copy_into(char *out, size_t size, const json_t *row, const char *key) {
  const char *text = json_string_value(json_object_get(row, key));
  snprintf(out, size, "%s", text ? text : "");
}

static void restore_facts(struct call *call, const json_t *row) {
  copy_into(call->id, sizeof call->id, row, "id");
  copy_into(call->token, sizeof call->token, row, "token");
  copy_into(call->digest, sizeof call->digest, row, "digest");
  call->reason = copy_text(row, "reason");
  call->message = copy_text(row, "message");
  call->reference = copy_text(row, "reference");
  call->cursor = copy_text(row, "cursor");
  call->request = copy_text(row, "request");
  call->submitted = json_integer_value(json_object_get(row, "submitted"));
  call->not_after = json_integer_value(json_object_get(row, "not_after"));
  const char *detail = json_string_value(json_object_get(row, "detail"));
  json_t *object = detail ? json_loads(detail, JSON_ALLOW_NUL, NULL) : NULL;
  if (json_is_object(object)) json_object_update(call->detail, object);
  json_decref(object);
}

static bool shows_answer(const json_t *event) {
  const char *text = json_string_value(json_object_get(event, "payload"));
  json_t *payload = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
  bool shown = call_shows_answer(json_string_value(json_object_get(payload, "state")));
  json_decref(payload);
  return shown;
}

/* What happened to it: keys that must not count twice, and the talk so far. */
static void restore_events(struct call *call, const json_t *events) {
  size_t i;
  json_t *event;
  json_array_foreach (events, i, event) {
    const char *key = json_string_value(json_object_get(event, "key"));
    const char *kind = json_string_value(json_object_get(event, "kind"));
    if (key) json_object_set_new(call->seen, key, json_true());
    if (kind && strcmp(kind, "hangup") == 0) call->hung_up = true;
    if (!call->answered) call->answered = shows_answer(event);
    const char *source = json_string_value(json_object_get(event, "source"));
    if (source && strcmp(source, "webhook") == 0) call->accepted = true;
  }
  conversation_restore(call->conversation, events);
}

struct call *call_restore(struct run *run, const json_t *args, const json_t *row,
                          bool parked, struct error *error) {
  const char *name = json_string_value(json_object_get(row, "provider"));
  struct provider *provider =
      providers_last(run_plan(run)->providers, name ? name : "", error);
  if (!provider || !provider_settle(provider, error)) return NULL;
  struct call *call = call_make(run, provider, args);
  if (!call) {
    error_set(error, "memory", "out of memory for a call");
    return NULL;
  }
  const char *state =
      call_known_state(json_string_value(json_object_get(row, "state")), NULL);
  if (state) call->state = state;
  call->accepted = call_shows_acceptance(call->state);
  call->parked = parked;
  restore_facts(call, row);
  restore_events(call, json_object_get(row, "events"));
  submission_restore(call->submission, call->request);
  watch_restore(call->watch, (int)json_integer_value(json_object_get(row, "polls")),
                json_integer_value(json_object_get(row, "poll_at")), call->submitted);
  return call;
}
