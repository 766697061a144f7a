#include "run/submission.h"

#include "base/clock.h"
#include "poll/poll.h"
#include "provider/invocation.h"
#include "run/call.h"
#include "run/inquiry.h"
#include "timer/timer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct submission {
  struct call *call;
  struct buffer hook;
  struct invocation *place;
  struct intent *intent;   /* on its way to the disk */
  struct timer *breather;  /* until the disk is tried again for it */
  struct inquiry *inquiry; /* finding out after an unknown submission */
  json_t *verbs;           /* the plan, for a submission that must be made again */
  struct buffer bytes;     /* the create-call's body as it was sent, for a replay */
  bool replaying;          /* the place under way sends what may have arrived before */
  bool withdrawn;          /* nothing is to leave any more */
};

/* Lives until the store has answered, which may be after the submission. */
struct intent {
  struct submission *submission;
  struct invocation *invocation;
};

struct submission *submission_new(struct call *call) {
  struct submission *submission = calloc(1, sizeof *submission);
  if (submission) submission->call = call;
  return submission;
}

static void end_inquiry(struct submission *submission) {
  inquiry_free(submission->inquiry);
  submission->inquiry = NULL;
}

static void end_place(struct submission *submission) {
  invocation_cancel(submission->place);
  if (submission->breather)
    free(submission->intent); /* nobody else has it meanwhile */
  else if (submission->intent)
    submission->intent->submission = NULL;
  timer_cancel(submission->breather);
  submission->place = NULL;
  submission->intent = NULL;
  submission->breather = NULL;
}

bool submission_withdraw(struct submission *submission) {
  bool waits = submission->place && !invocation_submitted(submission->place);
  submission->withdrawn = true;
  if (waits) end_place(submission);
  return waits && strcmp(call_state(submission->call), "submitting") == 0;
}

void submission_stop(struct submission *submission) {
  end_inquiry(submission);
  submission_withdraw(submission);
}

void submission_free(struct submission *submission) {
  if (!submission) return;
  end_inquiry(submission);
  end_place(submission);
  buffer_free(&submission->hook);
  buffer_free(&submission->bytes);
  json_decref(submission->verbs);
  free(submission);
}

const char *submission_hook(const struct submission *submission) {
  return submission->hook.length ? buffer_string(&submission->hook) : NULL;
}

bool submission_schedule(const struct provider *provider, const char *key,
                         struct poll_plan *plan) {
  const json_t *given = json_object_get(provider_traits(provider), key);
  if (!json_is_object(given)) return false;
  *plan = (struct poll_plan){0};
  plan->first = json_number_value(json_object_get(given, "first"));
  plan->factor = json_number_value(json_object_get(given, "factor"));
  plan->ceiling = json_number_value(json_object_get(given, "ceiling"));
  plan->jitter = json_number_value(json_object_get(given, "jitter"));
  plan->deadline = json_number_value(json_object_get(given, "deadline"));
  return true;
}

static void ask_permit(struct intent *intent);

static void try_again(void *context) {
  struct intent *intent = context;
  intent->submission->breather = NULL;
  ask_permit(intent);
}

/* The run is on disk already, as else it was refused before, and waits for the disk. */
static bool outlasts(struct intent *intent) {
  struct submission *submission = intent->submission;
  struct ev_loop *loop = run_plan(call_run(submission->call))->loop;
  submission->breather = timer_after(loop, 1, try_again, intent);
  return submission->breather != NULL;
}

/* Not when a webhook has told of a call, though not how that one stands. */
static bool is_wanted(const struct submission *submission) {
  return !submission->withdrawn && !call_is_accepted(submission->call);
}

/* A try may wait for long: behind others, after one that was turned away, for the disk.
 */
static bool may_leave(const struct submission *submission) {
  if (!is_wanted(submission)) return false;
  return !submission->replaying || call_may_be_sent_again(submission->call);
}

static void intent_stored(void *context, const struct error *error) {
  struct intent *intent = context;
  struct submission *submission = intent->submission;
  struct error late;
  if (submission && !may_leave(submission)) {
    error_set(&late, "canceled", "the request must not be sent any more");
    error = &late;
  } else if (submission && error && outlasts(intent)) {
    return;
  }
  if (submission) {
    submission->intent = NULL;
    invocation_permit(intent->invocation, error);
  }
  free(intent);
}

static void ask_permit(struct intent *intent) {
  struct run *run = call_run(intent->submission->call);
  if (store_sync(run_plan(run)->store, intent_stored, intent)) return;
  struct error error;
  error_set(&error, "memory", "out of memory for the intent");
  intent_stored(intent, &error);
}

/* Before each try of the create-call: its bytes are on disk before the first leaves. */
static void write_intent(void *context, struct invocation *invocation, const char *body,
                         size_t length) {
  struct submission *submission = context;
  bool kept = call_intent(submission->call, body, length);
  struct intent *intent = kept ? calloc(1, sizeof *intent) : NULL;
  if (!intent) {
    struct error error;
    error_set(&error, "memory", "out of memory for the intent");
    invocation_permit(invocation, &error);
    return;
  }
  intent->submission = submission;
  intent->invocation = invocation;
  submission->intent = intent;
  buffer_clear(&submission->bytes);
  buffer_append(&submission->bytes, body, length);
  ask_permit(intent);
}

static void learn(struct submission *submission, const json_t *event) {
  json_t *copy = event ? json_deep_copy(event) : json_object();
  if (!call_is_placed_state(json_string_value(json_object_get(copy, "state"))))
    json_object_set_new(copy, "state", json_string("queued"));
  call_learn(submission->call, copy, CALL_SUBMIT, NULL);
  json_decref(copy);
}

static void fail(struct submission *submission, const char *reason, const char *message) {
  json_t *event =
      json_pack("{ss, ss, ss}", "state", "failed", "reason", reason, "message", message);
  call_learn(submission->call, event, CALL_SUBMIT, NULL);
  json_decref(event);
}

static void placed(void *context, const json_t *results, const struct error *error);

/* Asks the provider's script to place the call; with bytes, exactly these are sent. */
static bool begin_place(struct submission *submission, bool replay, struct error *error) {
  json_t *known = call_subject(submission->call), *subject = json_copy(known);
  json_decref(known);
  if (json_array_size(submission->verbs))
    json_object_set(subject, "verbs", submission->verbs);
  struct invocation_plan plan = {
      .function = "place",
      .subject = subject,
      .replay = replay ? &submission->bytes : NULL,
      .intent = write_intent,
      .done = placed,
      .context = submission,
  };
  submission->replaying = replay;
  submission->place = invocation_begin(call_provider(submission->call), &plan, error);
  return submission->place != NULL;
}

/* --- after an unknown submission: was it placed? --- */

static void found(void *context, const json_t *event) {
  learn(context, event);
}

static bool place_again(void *context, bool replay) {
  struct submission *submission = context;
  if (submission->place || !is_wanted(submission)) return false;
  if (replay && !submission->bytes.length) return false;
  if (!begin_place(submission, replay, NULL)) return false;
  if (!replay) end_inquiry(submission); /* what was to be found out is known */
  return true;
}

static void gave_up(void *context) {
  struct submission *submission = context;
  submission->inquiry = NULL;
  call_unknown(submission->call, NULL, true);
}

static void unknown(struct submission *submission, const char *message) {
  struct inquiry_plan plan = {
      .call = submission->call,
      .found = found,
      .place = place_again,
      .gave_up = gave_up,
      .context = submission,
  };
  if (!submission->inquiry) submission->inquiry = inquiry_start(&plan);
  call_unknown(submission->call, message, submission->inquiry == NULL);
}

/* --- the create-call itself --- */

static void refused(struct submission *submission, const json_t *wrong) {
  const char *code = json_string_value(json_object_get(wrong, "code"));
  const char *message = json_string_value(json_object_get(wrong, "message"));
  const char *sent = json_string_value(json_object_get(wrong, "sent"));
  struct buffer redacted = {0};
  if (message)
    provider_redact(call_provider(submission->call), message, strlen(message), &redacted);
  message = redacted.length ? redacted.data : "the provider's script gave no reason";
  if (sent && strcmp(sent, "maybe") == 0)
    unknown(submission, message);
  else
    fail(submission, code ? code : "provider_error", message);
  buffer_free(&redacted);
}

/* Whether the answer to a replay says anything of the submission before it: that the call
 * is there, or that these bytes could never have placed one. */
static bool is_news(const json_t *answer) {
  const char *state = json_string_value(json_object_get(answer, "state"));
  const char *reason = json_string_value(json_object_get(answer, "reason"));
  if (!json_is_object(answer)) return false;
  if (!state || strcmp(state, "failed") != 0) return true;
  return reason && (strcmp(reason, "invalid_number") == 0 ||
                    strcmp(reason, "invalid_request") == 0);
}

/* A state that no placed call can have says nothing of what became of the request. */
static bool is_sound(const struct submission *submission, const json_t *answer,
                     struct error *error) {
  const json_t *state = json_object_get(answer, "state");
  const char *word = json_string_value(state);
  if (!state || json_is_null(state) || call_is_placed_state(word)) return true;
  return error_set(error, "script", "%s: place returned no state of a placed call: %.60s",
                   provider_name(call_provider(submission->call)),
                   word ? word : "it is no text");
}

static void placed(void *context, const json_t *results, const struct error *error) {
  struct submission *submission = context;
  bool submitted = invocation_submitted(submission->place);
  const json_t *answer = json_array_get(results, 0);
  struct error unsound;
  submission->place = NULL;
  if (!is_sound(submission, answer, &unsound)) answer = NULL, error = &unsound;
  if (submission->replaying && !is_news(answer)) return;
  if (call_is_accepted(submission->call) && !json_is_object(answer))
    learn(submission, NULL); /* a webhook has told that it is there */
  else if (error && submitted)
    unknown(submission, error->message);
  else if (error)
    fail(submission, error->code, error->message);
  else if (json_is_object(answer))
    learn(submission, answer);
  else
    refused(submission, json_array_get(results, 1));
}

/* Providers that report to one address of their console are not told another. */
static bool make_hook(struct submission *submission, bool waited, struct error *error) {
  struct provider *provider = call_provider(submission->call);
  const struct runs_plan *plan = run_plan(call_run(submission->call));
  if (!provider_can(provider, "webhook")) return true;
  buffer_clear(&submission->hook);
  const json_t *settings = json_object_get(provider_traits(provider), "settings");
  if (!json_object_get(settings, "hook_token"))
    return plan->hook(plan->context, provider, call_token(submission->call),
                      &submission->hook, error);
  if (provider_setting(provider, "hook_token")) {
    struct buffer unused = {0};
    bool listening = plan->hook(plan->context, provider, NULL, &unused, error);
    buffer_free(&unused);
    return listening;
  }
  if (!waited || provider_can(provider, "status")) return true;
  return error_set(
      error, "settings",
      "%s tells how a call went only to the webhook address in its console: "
      "set %s.hook_token to that address's last part, or do not wait for the "
      "call",
      provider_name(provider), provider_name(provider));
}

bool submission_start(struct submission *submission, const json_t *verbs, bool waited,
                      struct error *error) {
  struct call *call = submission->call;
  if (!call_check_plan(call, verbs, error)) return false;
  if (!provider_settle(call_provider(call), error)) return false;
  if (!make_hook(submission, waited, error)) return false;
  submission->verbs = json_incref((json_t *)verbs);
  if (!begin_place(submission, false, error)) return false;
  call_placed(call);
  return true;
}

bool submission_is_placing(const struct submission *submission) {
  return submission->place || submission->intent;
}

bool submission_is_busy(const struct submission *submission) {
  return submission_is_placing(submission) || submission->inquiry;
}

/* --- an earlier life's --- */

void submission_restore(struct submission *submission, const char *request) {
  make_hook(submission, false, NULL);
  if (!request) return;
  provider_reveal(call_provider(submission->call), request, strlen(request),
                  &submission->bytes);
  if (!call_is_request(submission->call, submission->bytes.data,
                       submission->bytes.length))
    buffer_clear(&submission->bytes); /* a secret has changed: these bytes are new ones */
}

void submission_recover(struct submission *submission, const json_t *verbs) {
  if (submission_is_busy(submission)) return;
  submission->verbs = json_incref((json_t *)verbs);
  unknown(submission,
          "the engine stopped after the request may have left and before its "
          "answer came");
}
