/* What a call is made of; for call.c, for progress.c, which has the rules by which it
 * moves, and for record.c, which tells it to others and to the store. */
#ifndef RUN_CALL_RECORD_H
#define RUN_CALL_RECORD_H

#include "base/id.h"
#include "run/call.h"
#include "run/directory.h"

struct call {
  struct run *run;
  struct directory_entry entry;
  struct provider *provider;
  json_t *args; /* of outdial.call */
  int number;
  char id[ID_UUID_SIZE];
  char token[ID_TOKEN_SIZE];
  const char *state; /* one of the table in progress.c */
  char *reason, *message, *reference, *cursor;
  json_t *detail;  /* an object */
  json_t *subject; /* what call_subject made of it, until it changes; or NULL */
  json_t *seen;    /* keys of what happened, so that a second one does nothing */
  char *request;   /* the create-call's bytes, secrets as ${name} */
  char digest[ID_DIGEST_SIZE];
  int64_t submitted, not_after;
  bool answered, hung_up, detached, parked, accepted;
  struct submission *submission;
  struct conversation *conversation;
  struct watch *watch;
  struct timer *last_word;
  struct invocation *cancel; /* hanging up */
  call_changed_fn changed;
  void *changed_context;
};

/* The table's own copy of a state's word, or NULL; its rank, if asked for. */
const char *call_known_state(const char *word, int *rank);

/* Whether a state shows that the provider took the call: one that failed may have been
 * refused. */
bool call_shows_acceptance(const char *state);

/* Whether a state shows that somebody was on the line. */
bool call_shows_answer(const char *state);

/* call_learn, where a state is all there is to learn. */
void call_learn_state(struct call *call, const char *state, enum call_source source,
                      const char *key);

/* A call without its own things yet: all of call_new but what makes it this one. */
struct call *call_make(struct run *run, struct provider *provider, const json_t *args);

/* What call_subject made holds no more. */
void call_forget_subject(struct call *call);

/* A text or null. */
void record_set(json_t *object, const char *key, const char *value);

#endif
