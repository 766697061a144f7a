#include "run/call.h"

#include "provider/invocation.h"
#include "run/ability.h"
#include "run/call_record.h"
#include "run/conversation.h"
#include "run/internal.h"
#include "run/submission.h"
#include "run/watch.h"
#include "timer/timer.h"

#include <stdlib.h>
#include <string.h>

/* How long after the first submission a second one may still stand for it: no provider
 * says for how long it remembers the first. */
static const int64_t replay_window = 10 * 60 * 1000; /* ms */

struct call *call_make(struct run *run, struct provider *provider, const json_t *args) {
  struct call *call = calloc(1, sizeof *call);
  if (!call) return NULL;
  call->run = run;
  call->provider = provider;
  call->number = run_next_number(run);
  call->state = call_known_state("draft", NULL);
  call->args = json_deep_copy(args);
  call->detail = json_object();
  call->seen = json_object();
  call->submission = submission_new(call);
  call->conversation = conversation_new(call);
  call->watch = watch_new(call);
  if (call->args && call->detail && call->seen && call->submission &&
      call->conversation && call->watch)
    return call;
  call_free(call);
  return NULL;
}

struct call *call_new(struct run *run, const json_t *args, struct error *error) {
  const struct runs_plan *plan = run_plan(run);
  const char *name = json_string_value(json_object_get(args, "provider"));
  struct provider *provider = providers_get(plan->providers, name ? name : "", error);
  if (!provider) return NULL;
  if (!ability_check(plan->providers, provider, args, error)) return NULL;
  struct call *call = call_make(run, provider, args);
  if (call && id_uuid(call->id) && id_token(call->token)) return call;
  if (call) call_free(call);
  error_set(error, "memory", "out of memory for a call");
  return NULL;
}

void call_free(struct call *call) {
  directory_leave(runs_directory(call->run->runs), call);
  invocation_cancel(call->cancel);
  timer_cancel(call->last_word);
  submission_free(call->submission);
  conversation_free(call->conversation);
  watch_free(call->watch);
  json_decref(call->args);
  json_decref(call->subject);
  json_decref(call->detail);
  json_decref(call->seen);
  free(call->reason);
  free(call->message);
  free(call->reference);
  free(call->cursor);
  free(call->request);
  free(call);
}

struct run *call_run(const struct call *call) {
  return call->run;
}

struct provider *call_provider(const struct call *call) {
  return call->provider;
}

int call_number(const struct call *call) {
  return call->number;
}

const char *call_id(const struct call *call) {
  return call->id;
}

const char *call_token(const struct call *call) {
  return call->token;
}

const char *call_reference(const struct call *call) {
  return call->reference;
}

const char *call_cursor(const struct call *call) {
  return call->cursor;
}

int64_t call_starts(const struct call *call) {
  return json_integer_value(json_object_get(call->detail, "starts"));
}

const char *call_state(const struct call *call) {
  return call->state;
}

bool call_is_accepted(const struct call *call) {
  return call->accepted;
}

bool call_is_unknown(const struct call *call) {
  return call->parked && strcmp(call->state, "unknown") == 0;
}

bool call_is_hung_up(const struct call *call) {
  return call->hung_up || call_is_over(call);
}

bool call_was_answered(const struct call *call) {
  return call->answered || call->hung_up;
}

bool call_is_detached(const struct call *call) {
  return call->detached;
}

struct conversation *call_conversation(const struct call *call) {
  return call->conversation;
}

struct submission *call_submission(const struct call *call) {
  return call->submission;
}

bool call_check_plan(const struct call *call, const json_t *verbs, struct error *error) {
  return ability_check_plan(run_plan(call->run)->providers, call->provider, verbs, error);
}

void call_await(struct call *call, call_changed_fn changed, void *context) {
  call->changed = changed;
  call->changed_context = context;
}

void call_changed(struct call *call) {
  if (call->changed) call->changed(call->changed_context, call);
  run_settle(call->run);
}

bool call_is_busy(const struct call *call) {
  return call->last_word || call->cancel || submission_is_busy(call->submission) ||
         conversation_is_busy(call->conversation) || watch_is_busy(call->watch);
}

int64_t call_wake(const struct call *call) {
  int polls;
  return call_is_over(call) ? 0 : watch_next(call->watch, &polls);
}

void call_placed(struct call *call) {
  call->state = call_known_state("submitting", NULL);
  call_forget_subject(call);
}

bool call_intent(struct call *call, const char *body, size_t length) {
  struct buffer redacted = {0};
  provider_redact(call->provider, body, length, &redacted);
  free(call->request);
  call->request = strdup(buffer_string(&redacted));
  buffer_free(&redacted);
  id_digest(body, length, call->digest);
  if (!call->submitted) call->submitted = run_now(call->run);
  call->not_after = call->submitted + replay_window;
  return call_save(call) && journal_is_whole(call->run->journal);
}

static void canceled(void *context, const json_t *results, const struct error *error) {
  struct call *call = context;
  call->cancel = NULL;
  if (!error && json_is_true(json_array_get(results, 0)))
    call_learn_state(call, "canceled", CALL_PERSON, NULL);
  else
    call_detach(call);
  call_changed(call);
}

void call_cancel(struct call *call) {
  if (!call_is_placed(call) || call_is_over(call) || call->cancel) return;
  if (submission_withdraw(call->submission)) {
    call_learn_state(call, "canceled", CALL_PERSON, NULL);
    return;
  }
  struct invocation_plan plan = {
      .function = "hangup",
      .subject = call_subject(call),
      .deadline = 30,
      .done = canceled,
      .context = call,
  };
  if (provider_can(call->provider, "hangup"))
    call->cancel = invocation_begin(call->provider, &plan, NULL);
  else
    json_decref(plan.subject);
  if (!call->cancel) call_detach(call);
}

bool call_is_request(const struct call *call, const char *body, size_t length) {
  char digest[ID_DIGEST_SIZE];
  id_digest(body ? body : "", length, digest);
  return strcmp(digest, call->digest) == 0;
}

bool call_may_be_sent_again(const struct call *call) {
  int64_t now = run_now(call->run);
  return now >= call->submitted && now < call->not_after; /* unless it was set back */
}

void call_detach(struct call *call) {
  call->detached = true;
}
