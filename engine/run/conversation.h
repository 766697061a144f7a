/* The talk with the person called: what they keyed, and the plan that answers each of the
 * provider's webhooks. */
#ifndef RUN_CONVERSATION_H
#define RUN_CONVERSATION_H

#include "base/error.h"
#include "run/run.h"

struct conversation;

/* How a webhook is answered: once, later or at once. */
struct reply {
  void (*send)(void *context, int status, const char *body, size_t length);
  void *context;
};

struct conversation *conversation_new(struct call *call);
void conversation_free(struct conversation *conversation);

/* A webhook brought keyed digits. turn is the collect's number from its address, or NULL;
 * a turn that was answered gets the same answer again. The flow's next verbs are the
 * answer; if they are not there half a second before the provider's deadline, its hold
 * plan goes out and they follow with the next webhook. */
void conversation_hear(struct conversation *conversation, const char *turn,
                       const json_t *event, struct reply reply);

/* The flow's next verbs (an array). *error when the provider cannot render them. */
bool conversation_say(struct conversation *conversation, const json_t *verbs,
                      struct error *error);

/* The oldest keyed digits that the flow has not seen; false if there are none. out has
 * room for 65 bytes. */
bool conversation_take(struct conversation *conversation, char *out, size_t size);

/* The flow has no more to say: what still waits, and whatever comes, is told so. */
void conversation_close(struct conversation *conversation);

/* A webhook waits for its answer. */
bool conversation_is_busy(const struct conversation *conversation);

/* What an earlier life heard and answered: the call's events as the store tells them. */
void conversation_restore(struct conversation *conversation, const json_t *events);

/* Answers once everything queued so far is on disk; {} when body is NULL. */
void reply_when_stored(struct store *store, struct reply reply, const char *body,
                       size_t length);

#endif
