#include "run/call.h"

#include "provider/invocation.h"
#include "run/ability.h"
#include "run/call_record.h"
#include "run/conversation.h"
#include "run/internal.h"
#include "run/submission.h"
#include "run/watch.h"
#include "script/tree.h"
#include "timer/timer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANK_UNPLACED = -1, RANK_OVER = 9, SEEN_LIMIT = 1000 };

/* How long after the first submission a second one may still stand for it: no provider
 * says for how long it remembers the first. */
static const int64_t replay_window = 10 * 60 * 1000; /* ms */

/* After the caller hung up, the provider's own word on the call is waited for this long.
 */
static const double last_word = 10; /* seconds */

static const struct {
  const char *state;
  int rank;
} ranks[] = {
    {"draft", RANK_UNPLACED}, {"submitting", 0},
    {"unknown", 0},           {"queued", 1},
    {"ringing", 2},           {"in_progress", 3},
    {"completed", RANK_OVER}, {"busy", RANK_OVER},
    {"no_answer", RANK_OVER}, {"rejected", RANK_OVER},
    {"canceled", RANK_OVER},  {"failed", RANK_OVER},
    {"expired", RANK_OVER},
};

const char *call_known_state(const char *word, int *rank) {
  for (size_t i = 0; word && i < sizeof ranks / sizeof *ranks; i++) {
    if (strcmp(ranks[i].state, word) != 0) continue;
    if (rank) *rank = ranks[i].rank;
    return ranks[i].state;
  }
  return NULL;
}

static int rank_of(const struct call *call) {
  int rank = RANK_UNPLACED;
  call_known_state(call->state, &rank);
  return rank;
}

bool call_is_placed_state(const char *word) {
  int rank = RANK_UNPLACED;
  return call_known_state(word, &rank) && rank > 0;
}

bool call_shows_acceptance(const char *state) {
  return call_is_placed_state(state) && strcmp(state, "failed") != 0;
}

bool call_shows_answer(const char *state) {
  return state && (strcmp(state, "in_progress") == 0 || strcmp(state, "completed") == 0);
}

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

bool call_is_placed(const struct call *call) {
  return rank_of(call) > RANK_UNPLACED;
}

bool call_is_accepted(const struct call *call) {
  return call->accepted;
}

bool call_is_over(const struct call *call) {
  return rank_of(call) == RANK_OVER;
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

static const char *source_word(enum call_source source) {
  static const char *const words[] = {"submit", "webhook", "poll", "person"};
  return words[source];
}

static void tell_state(struct call *call, enum call_source source) {
  json_t *event =
      json_pack("{ss, ss, si, ss, sO, ss, ss}", "kind", "call", "call", call->id,
                "number", call->number, "provider", provider_name(call->provider), "to",
                json_object_get(call->args, "to"), "state", call->state, "source",
                source_word(source));
  record_set(event, "reason", call->reason);
  record_set(event, "reference", call->reference);
  record_set(event, "message", call->message);
  record_set(event, "provider_version", provider_version(call->provider));
  run_tell(call->run, event);
}

/* A provider's script may change while the call lasts: which one it was is kept. */
static bool write_state(const struct call *call, const json_t *payload,
                        struct buffer *text) {
  json_t *copy = json_copy((json_t *)payload);
  if (copy) record_set(copy, "provider_version", provider_version(call->provider));
  char *sorted = copy ? json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
  bool written = sorted && buffer_text(text, sorted);
  json_decref(copy);
  free(sorted);
  return written;
}

static void write_event(struct call *call, const char *key, const char *kind,
                        enum call_source source, const json_t *payload) {
  char own[64];
  if (!key) { /* cannot come twice: numbered, so that each has a row */
    snprintf(own, sizeof own, "%s:%zu", source_word(source),
             json_object_size(call->seen));
    json_object_set_new(call->seen, own, json_true());
    key = own;
  }
  if (call_shows_answer(json_string_value(json_object_get(payload, "state"))))
    call->answered = true;
  struct buffer text = {0};
  bool written = strcmp(kind, "state") == 0 ? write_state(call, payload, &text)
                                            : payload && tree_write(payload, &text);
  store_event(run_plan(call->run)->store, &(struct store_event){
                                              .call = call->id,
                                              .key = key,
                                              .kind = kind,
                                              .source = source_word(source),
                                              .payload = written ? text.data : NULL,
                                              .received = run_now(call->run),
                                          });
  buffer_free(&text);
}

/* False when the key has been seen; remembers it otherwise. */
static bool first_time(struct call *call, const char *key) {
  if (!key) return true;
  if (json_object_get(call->seen, key)) return false;
  if (json_object_size(call->seen) < SEEN_LIMIT)
    json_object_set_new(call->seen, key, json_true());
  return true;
}

bool call_note(struct call *call, const char *key, const char *kind,
               const json_t *payload) {
  if (!first_time(call, key)) return false;
  write_event(call, key, kind, CALL_WEBHOOK, payload);
  return true;
}

static void set_reference(struct call *call, const json_t *value) {
  const char *now = json_string_value(value);
  if (!now || (call->reference && strcmp(now, call->reference) == 0)) return;
  char *reference = strdup(now);
  if (!reference) return;
  struct directory *directory = runs_directory(call->run->runs);
  directory_forget_reference(directory, call);
  free(call->reference);
  call->reference = reference;
  directory_note_reference(directory, call);
}

static void set_copy(char **field, const json_t *value) {
  if (!json_is_string(value)) return;
  free(*field);
  *field = strdup(json_string_value(value));
}

/* The first disposition wins, and before it a state only moves the call up. `unknown`
 * takes any: whatever the provider says of a call proves that it has it. */
static bool moves(const struct call *call, const char *state, int rank) {
  int now = rank_of(call);
  if (now == RANK_OVER || !state) return false;
  if (strcmp(call->state, "unknown") == 0) return rank > 0;
  return rank > now && strcmp(state, "unknown") != 0;
}

static void finish(struct call *call) {
  timer_cancel(call->last_word);
  call->last_word = NULL;
  watch_stop(call->watch);
}

static void move(struct call *call, const char *state, const json_t *event,
                 enum call_source source) {
  call->state = state;
  call->parked = false;
  set_copy(&call->reason, json_object_get(event, "reason"));
  set_copy(&call->message, json_object_get(event, "message"));
  submission_stop(call->submission);
  if (call_is_over(call)) finish(call);
  call_save(call);
  tell_state(call, source);
}

void call_learn(struct call *call, const json_t *event, enum call_source source,
                const char *key) {
  if (!first_time(call, key)) return;
  const char *word = json_string_value(json_object_get(event, "state"));
  int rank = RANK_UNPLACED;
  const char *state = call_known_state(word, &rank);
  if (word && !state)
    log_line(run_plan(call->run)->log, LEVEL_WARNING, "%s: no call state is named '%s'",
             provider_name(call->provider), word);
  set_reference(call, json_object_get(event, "reference"));
  set_copy(&call->cursor, json_object_get(event, "cursor"));
  json_t *detail = json_object_get(event, "detail");
  if (json_is_object(detail)) json_object_update(call->detail, detail);
  if (source == CALL_WEBHOOK || call_shows_acceptance(state)) call->accepted = true;
  if (moves(call, state, rank)) {
    write_event(call, key, "state", source, event);
    move(call, state, event, source);
    if (!call_is_over(call)) watch_start(call->watch);
    call_changed(call);
    return;
  }
  if (source == CALL_WEBHOOK) write_event(call, key, "state", source, event);
  call_forget_subject(call); /* the next question needs what is new; so has a later row */
  if (source != CALL_POLL || store_has_room(run_plan(call->run)->store, NULL))
    call_save(call);
}

static void learn_state(struct call *call, const char *state, enum call_source source,
                        const char *key) {
  json_t *event = json_pack("{ss}", "state", state);
  call_learn(call, event, source, key);
  json_decref(event);
}

void call_answered(struct call *call) {
  int rank = RANK_UNPLACED;
  const char *answered = call_known_state("in_progress", &rank);
  if (moves(call, answered, rank)) learn_state(call, answered, CALL_WEBHOOK, NULL);
}

bool call_is_busy(const struct call *call) {
  return call->last_word || call->cancel || submission_is_busy(call->submission) ||
         conversation_is_busy(call->conversation) || watch_is_busy(call->watch);
}

int64_t call_wake(const struct call *call) {
  int polls;
  return call_is_over(call) ? 0 : watch_next(call->watch, &polls);
}

static void no_last_word(void *context);

static void await_last_word(struct call *call) {
  const struct runs_plan *plan = run_plan(call->run);
  call->last_word = timer_in(plan->loop, plan->clock, last_word, no_last_word, call);
}

void call_go_on(struct call *call) {
  bool unplaced = !call_is_placed(call);
  if (unplaced || call_is_over(call)) return;
  if (call->hung_up) await_last_word(call);
  if (call->accepted) watch_start(call->watch);
}

/* No last word came. The caller was on the line, or nobody could have hung up. */
static void no_last_word(void *context) {
  struct call *call = context;
  call->last_word = NULL;
  learn_state(call, "completed", CALL_WEBHOOK, "hangup:state");
}

void call_hang_up(struct call *call) {
  bool known = call_is_hung_up(call);
  call->hung_up = true;
  if (known) return;
  await_last_word(call);
  call_changed(call);
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
    learn_state(call, "canceled", CALL_PERSON, NULL);
  else
    call_detach(call);
  call_changed(call);
}

void call_cancel(struct call *call) {
  if (!call_is_placed(call) || call_is_over(call) || call->cancel) return;
  if (submission_withdraw(call->submission)) {
    learn_state(call, "canceled", CALL_PERSON, NULL);
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

bool call_is_doubtful(const struct call *call) {
  return strcmp(call->state, "queued") == 0 &&
         json_is_true(json_object_get(call->detail, "unconfirmed"));
}

void call_unknown(struct call *call, const char *message, bool parked) {
  if (call_is_over(call) || (rank_of(call) > 0 && !call_is_doubtful(call))) return;
  bool first = strcmp(call->state, "unknown") != 0;
  call->state = call_known_state("unknown", NULL);
  call->parked = parked;
  if (first) {
    free(call->message);
    call->message = message ? strdup(message) : NULL;
    json_t *event =
        json_pack("{ss, ss}", "state", "unknown", "message", message ? message : "");
    write_event(call, NULL, "state", CALL_SUBMIT, event);
    json_decref(event);
    call_save(call);
    tell_state(call, CALL_SUBMIT);
  }
  call_changed(call);
}
