#include "run/call_record.h"
#include "run/internal.h"
#include "run/submission.h"
#include "run/watch.h"
#include "script/tree.h"
#include "timer/timer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANK_UNPLACED = -1, RANK_OVER = 9, SEEN_LIMIT = 1000 };

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

bool call_is_placed(const struct call *call) {
  return rank_of(call) > RANK_UNPLACED;
}

bool call_is_over(const struct call *call) {
  return rank_of(call) == RANK_OVER;
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
  call->accepted = true; /* as what a later life reads tells it */
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

void call_learn_state(struct call *call, const char *state, enum call_source source,
                      const char *key) {
  json_t *event = json_pack("{ss}", "state", state);
  call_learn(call, event, source, key);
  json_decref(event);
}

void call_answered(struct call *call) {
  int rank = RANK_UNPLACED;
  const char *answered = call_known_state("in_progress", &rank);
  if (moves(call, answered, rank)) call_learn_state(call, answered, CALL_WEBHOOK, NULL);
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
  call_learn_state(call, "completed", CALL_WEBHOOK, "hangup:state");
}

void call_hang_up(struct call *call) {
  bool known = call_is_hung_up(call);
  call->hung_up = true;
  if (known) return;
  await_last_word(call);
  call_changed(call);
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
