#include "run/conversation.h"

#include "base/fault.h"
#include "run/call.h"
#include "timer/timer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PENDING_LIMIT = 8, DIGITS_LIMIT = 64, TURN_LIMIT = 1000 };

/* What is left of the provider's deadline for the answer to travel. */
static const double margin = 0.5; /* seconds */

struct conversation {
  struct call *call;
  int turn;                            /* the newest one a webhook came for */
  json_t *heard;                       /* digits that the flow has not taken, in order */
  json_t *answers;                     /* {"turn": "body"}, for duplicates */
  struct reply pending[PENDING_LIMIT]; /* webhooks that wait for the flow's verbs */
  size_t pending_count;
  char key[32];        /* of the event that pending belongs to */
  struct buffer kept;  /* a plan that no webhook has fetched yet, after a hold */
  struct timer *timer; /* until the hold plan must go out */
  int holds;
  bool closed;
  bool said; /* an earlier life sent the answer to the newest webhook */
};

struct conversation *conversation_new(struct call *call) {
  struct conversation *conversation = calloc(1, sizeof *conversation);
  if (!conversation) return NULL;
  conversation->call = call;
  conversation->heard = json_array();
  conversation->answers = json_object();
  return conversation;
}

void conversation_free(struct conversation *conversation) {
  if (!conversation) return;
  timer_cancel(conversation->timer);
  for (size_t i = 0; i < conversation->pending_count; i++) {
    struct reply reply = conversation->pending[i];
    reply.send(reply.context, 503, "{}", 2); /* stopping: the provider may ask again */
  }
  json_decref(conversation->heard);
  json_decref(conversation->answers);
  buffer_free(&conversation->kept);
  free(conversation);
}

static struct store *store_of(const struct conversation *conversation) {
  return run_plan(call_run(conversation->call))->store;
}

struct stored_reply {
  struct reply reply;
  struct buffer body;
};

static void stored(void *context, const struct error *error) {
  struct stored_reply *job = context;
  fault_point("reply");
  const char *body = job->body.length ? buffer_string(&job->body) : "{}";
  if (error)
    job->reply.send(job->reply.context, 503, "{\"error\":\"store\"}", 17);
  else
    job->reply.send(job->reply.context, 200, body, strlen(body));
  fault_point("replied");
  buffer_free(&job->body);
  free(job);
}

void reply_when_stored(struct store *store, struct reply reply, const char *body,
                       size_t length) {
  struct stored_reply *job = calloc(1, sizeof *job);
  if (!job) {
    reply.send(reply.context, 503, "{}", 2);
    return;
  }
  job->reply = reply;
  fault_point("heard");
  bool whole = !body || buffer_append(&job->body, body, length);
  if (whole && store_sync(store, stored, job)) return;
  struct error error;
  error_set(&error, "memory", "out of memory for an answer");
  stored(job, &error);
}

/* Sends one body to every webhook that waits, and remembers it for duplicates. */
static void answer(struct conversation *conversation, const char *body, size_t length) {
  timer_cancel(conversation->timer);
  conversation->timer = NULL;
  json_object_set_new(conversation->answers, conversation->key,
                      json_stringn_nocheck(body, length)); /* UTF-8, as rendered */
  store_event(store_of(conversation),
              &(struct store_event){
                  .call = call_id(conversation->call),
                  .key = conversation->key,
                  .kind = "digits",
                  .source = "webhook",
                  .payload = "{}",
                  .answer = body,
                  .received = run_now(call_run(conversation->call)),
              });
  for (size_t i = 0; i < conversation->pending_count; i++)
    reply_when_stored(store_of(conversation), conversation->pending[i], body, length);
  conversation->pending_count = 0;
}

static bool render(struct conversation *conversation, const json_t *verbs,
                   struct buffer *body, struct error *error) {
  struct call *call = conversation->call;
  json_t *subject = call_subject(call);
  bool rendered = provider_render(call_provider(call), verbs, subject, body, error);
  json_decref(subject);
  return rendered;
}

/* The provider's hold verbs, with addresses that say so. */
static json_t *hold_verbs(struct conversation *conversation) {
  const json_t *traits = provider_traits(call_provider(conversation->call));
  json_t *verbs = json_deep_copy(json_object_get(traits, "hold"));
  char turn[16];
  snprintf(turn, sizeof turn, "h%d", ++conversation->holds);
  size_t i;
  json_t *verb;
  json_array_foreach (verbs, i, verb) {
    const char *word = json_string_value(json_object_get(verb, "verb"));
    if (word && strcmp(word, "collect") == 0)
      json_object_set_new(verb, "turn", json_string(turn));
  }
  return verbs ? verbs : json_array();
}

/* So that a later life knows that the flow's verbs are still to be said. */
static void note_hold(struct conversation *conversation) {
  char key[48];
  snprintf(key, sizeof key, "hold:%s", conversation->key);
  json_t *nothing = json_object();
  call_note(conversation->call, key, "hold", nothing);
  json_decref(nothing);
}

static void hold(void *context) {
  struct conversation *conversation = context;
  const struct log *log = run_plan(call_run(conversation->call))->log;
  conversation->timer = NULL;
  json_t *verbs = hold_verbs(conversation);
  struct buffer body = {0};
  struct error error;
  if (render(conversation, verbs, &body, &error)) {
    log_line(log, LEVEL_WARNING,
             "run %s: the flow was not ready in time; the hold plan went out",
             run_id(call_run(conversation->call)));
    note_hold(conversation);
    answer(conversation, body.data, body.length);
  } else {
    log_error(log, LEVEL_ERROR, &error, "run %s: ", run_id(call_run(conversation->call)));
    answer(conversation, "{}", 2);
  }
  json_decref(verbs);
  buffer_free(&body);
}

static void arm(struct conversation *conversation) {
  if (conversation->timer) return;
  const json_t *traits = provider_traits(call_provider(conversation->call));
  double within = json_number_value(json_object_get(traits, "answer_within"));
  double wait = (within > 0 ? within : 3) - margin;
  const struct runs_plan *plan = run_plan(call_run(conversation->call));
  conversation->timer = timer_in(plan->loop, plan->clock, wait, hold, conversation);
}

static void wait_for_flow(struct conversation *conversation, struct reply reply) {
  conversation->said = false;
  if (conversation->pending_count == PENDING_LIMIT) {
    reply.send(reply.context, 503, "{}", 2); /* one of the others will be answered */
    return;
  }
  conversation->pending[conversation->pending_count++] = reply;
  arm(conversation);
}

/* What a closed conversation still has to say: a plan that ends the call. */
static void answer_closed(struct conversation *conversation) {
  struct buffer body = {0};
  json_t *nothing = json_array();
  if (!render(conversation, nothing, &body, NULL)) buffer_text(&body, "{}");
  answer(conversation, buffer_string(&body), body.length);
  json_decref(nothing);
  buffer_free(&body);
}

/* The answer is not there yet, or an earlier life could not send it any more. */
static void hear_late(struct conversation *conversation, struct reply reply) {
  wait_for_flow(conversation, reply);
  if (conversation->kept.length) {
    answer(conversation, conversation->kept.data, conversation->kept.length);
    buffer_clear(&conversation->kept);
  } else if (conversation->closed) {
    answer_closed(conversation);
  }
}

/* After a hold plan: its webhook brings no digits, it only fetches what is ready. */
static void hear_hold(struct conversation *conversation, const char *turn,
                      struct reply reply) {
  snprintf(conversation->key, sizeof conversation->key, "digits:%s", turn);
  json_t *payload = json_object();
  call_note(conversation->call, conversation->key, "digits", payload);
  json_decref(payload);
  hear_late(conversation, reply);
}

static void hear_turn(struct conversation *conversation, const json_t *event,
                      struct reply reply) {
  const char *digits = json_string_value(json_object_get(event, "digits"));
  call_answered(conversation->call);
  call_note(conversation->call, conversation->key, "digits", event);
  if (json_array_append_new(conversation->heard, json_string(digits ? digits : ""))) {
    conversation->turn--; /* no memory for it: they are to come again */
    reply.send(reply.context, 503, "{}", 2);
    return;
  }
  wait_for_flow(conversation, reply);
  if (conversation->closed)
    answer_closed(conversation);
  else
    call_changed(conversation->call);
}

/* A duplicate: the same answer, or, while that is not ready, a share in it. */
static void hear_again(struct conversation *conversation, const char *key,
                       struct reply reply) {
  const json_t *body = json_object_get(conversation->answers, key);
  if (body)
    reply_when_stored(store_of(conversation), reply, json_string_value(body),
                      json_string_length(body));
  else if (strcmp(key, conversation->key) == 0)
    hear_late(conversation, reply);
  else
    reply_when_stored(store_of(conversation), reply, NULL, 0);
}

static bool is_hold(const char *turn) {
  return turn && turn[0] == 'h' && turn[1] && strlen(turn) < 12 &&
         strspn(turn + 1, "0123456789") == strlen(turn + 1);
}

void conversation_hear(struct conversation *conversation, const char *turn,
                       const json_t *event, struct reply reply) {
  char key[32];
  bool held = is_hold(turn);
  long number = turn && !held ? strtol(turn, NULL, 10) : conversation->turn + 1;
  if (held)
    snprintf(key, sizeof key, "digits:%s", turn);
  else
    snprintf(key, sizeof key, "digits:%ld", number);
  bool old = held ? json_object_get(conversation->answers, key) != NULL
                  : number <= conversation->turn;
  if (old || number > TURN_LIMIT || (!held && number > conversation->turn + 1)) {
    hear_again(conversation, key, reply);
    return;
  }
  if (held) {
    hear_hold(conversation, turn, reply);
    return;
  }
  conversation->turn = (int)number;
  snprintf(conversation->key, sizeof conversation->key, "%s", key);
  hear_turn(conversation, event, reply);
}

bool conversation_say(struct conversation *conversation, const json_t *verbs,
                      struct error *error) {
  if (conversation->said) return true;
  if (json_array_size(verbs) == 0 && conversation->pending_count == 0) return true;
  struct buffer body = {0};
  bool rendered = render(conversation, verbs, &body, error);
  if (rendered && conversation->pending_count) {
    answer(conversation, body.data, body.length);
  } else if (rendered) {
    buffer_clear(&conversation->kept);
    buffer_append(&conversation->kept, body.data, body.length);
  }
  buffer_free(&body);
  return rendered;
}

bool conversation_take(struct conversation *conversation, char *out, size_t size) {
  json_t *digits = json_array_get(conversation->heard, 0);
  if (!digits) return false;
  buffer_clear(&conversation->kept); /* they answer what was fetched */
  snprintf(out, size, "%.*s", DIGITS_LIMIT, json_string_value(digits));
  json_array_remove(conversation->heard, 0);
  return true;
}

bool conversation_is_busy(const struct conversation *conversation) {
  return conversation->pending_count > 0;
}

/* One webhook with digits, or one that came after a hold plan. */
static void restore_digits(struct conversation *conversation, const json_t *event,
                           const char *key) {
  const char *turn = key + strlen("digits:");
  const json_t *answer = json_object_get(event, "answer");
  snprintf(conversation->key, sizeof conversation->key, "%s", key);
  conversation->said = json_is_string(answer);
  if (conversation->said) json_object_set(conversation->answers, key, (json_t *)answer);
  if (is_hold(turn)) return;
  conversation->turn = (int)strtol(turn, NULL, 10);
  const char *text = json_string_value(json_object_get(event, "payload"));
  json_t *payload = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
  const char *digits = json_string_value(json_object_get(payload, "digits"));
  json_array_append_new(conversation->heard, json_string(digits ? digits : ""));
  json_decref(payload);
}

void conversation_restore(struct conversation *conversation, const json_t *events) {
  size_t i;
  json_t *event;
  json_array_foreach (events, i, event) {
    const char *kind = json_string_value(json_object_get(event, "kind"));
    const char *key = json_string_value(json_object_get(event, "key"));
    if (kind && key && strcmp(kind, "digits") == 0)
      restore_digits(conversation, event, key);
    if (!kind || strcmp(kind, "hold") != 0) continue;
    conversation->holds++;
    conversation->said = false; /* that answer was only the hold plan */
  }
}

void conversation_close(struct conversation *conversation) {
  if (conversation->closed) return;
  conversation->closed = true;
  if (conversation->pending_count) answer_closed(conversation);
}
