/* One attempt to reach one person through one provider: what is known of it, and the
 * rules by which that changes. */
#ifndef RUN_CALL_H
#define RUN_CALL_H

#include "run/run.h"

/* Where a happening came from. */
enum call_source { CALL_SUBMIT, CALL_WEBHOOK, CALL_POLL, CALL_PERSON };

/* args: what outdial.call was given, an object (borrowed). NULL with *error: "provider",
 * "unsupported" (naming the providers that can), "settings", "memory". */
struct call *call_new(struct run *run, const json_t *args, struct error *error);
void call_free(struct call *call);

/* A call of an earlier life: args as it was made with, row as the store tells it. parked:
 * what became of its submission is for a person to say. */
struct call *call_restore(struct run *run, const json_t *args, const json_t *row,
                          bool parked, struct error *error);

/* Takes up again what was under way: asking for its status, waiting for the last word. */
void call_go_on(struct call *call);

/* Whether something is under way that would be lost with the memory, and otherwise when
 * the call must be looked at again (wall clock ms, 0: only when something happens). */
bool call_is_busy(const struct call *call);
int64_t call_wake(const struct call *call);

struct run *call_run(const struct call *call);
struct provider *call_provider(const struct call *call);
int call_number(const struct call *call);
const char *call_id(const struct call *call);
const char *call_token(const struct call *call);
const char *call_reference(const struct call *call);
const char *call_cursor(const struct call *call);
int64_t call_starts(const struct call *call); /* wall clock ms, as far as it is known */

/* submitting, queued, ringing, in_progress, completed, busy, no_answer, rejected,
 * canceled, failed, expired, unknown; "draft" before it is placed. */
const char *call_state(const struct call *call);
bool call_is_placed(const struct call *call);
bool call_is_placed_state(const char *word);    /* one that a call has which was placed */
bool call_is_accepted(const struct call *call); /* the provider has it, or had it */
bool call_is_over(const struct call *call);     /* has its disposition */
bool call_is_unknown(const struct call *call);  /* and nobody is finding out any more */
bool call_is_hung_up(const struct call *call);  /* over, or about to be told so */
bool call_was_answered(const struct call *call);

/* {code=, message=} of a call that is over and not completed. Owned by the caller. */
json_t *call_failure(const struct call *call);

/* Its line in the run's report. */
json_t *call_report(const struct call *call);

/* What the provider's functions get to know of it, to be read only; NULL if out of
 * memory. The reference is the caller's. */
json_t *call_subject(struct call *call);

/* Refuses verbs that the provider cannot say; *error "unsupported". */
bool call_check_plan(const struct call *call, const json_t *verbs, struct error *error);

/* What the provider told: {state=, reason=, message=, reference=, cursor=, detail=}, all
 * optional. A state only moves the call up, the first disposition wins, details are
 * merged. key: see store_event; NULL for happenings that cannot come twice. Words that
 * are no state are logged and dropped. */
void call_learn(struct call *call, const json_t *event, enum call_source source,
                const char *key);

/* What a webhook told that is not a state: written down once for each key, false for a
 * duplicate. payload is an object (borrowed). */
bool call_note(struct call *call, const char *key, const char *kind,
               const json_t *payload);

/* Keys were pressed, so somebody is on the line, whatever the provider said so far. */
void call_answered(struct call *call);

/* The caller hung up; the provider's last word on the call should follow shortly. */
void call_hang_up(struct call *call);

/* From now on it is the provider's: placed, with the intent's bytes (false when a later
 * life would not know of it, for want of memory), or let go of by the flow. */
void call_placed(struct call *call);
bool call_intent(struct call *call, const char *body, size_t length);
void call_detach(struct call *call);

/* Whether these are the bytes of the intent; whether they, or a new submission in their
 * place, may still be sent. */
bool call_is_request(const struct call *call, const char *body, size_t length);
bool call_may_be_sent_again(const struct call *call);
bool call_is_detached(const struct call *call);

/* Ends a call that the provider knows nothing of yet; otherwise hangs it up where the
 * provider can, or lets go of it. */
void call_cancel(struct call *call);

/* Accepted, but the provider only knows the request again and has not named the call
 * (detail.unconfirmed): there may be none. */
bool call_is_doubtful(const struct call *call);

/* The submission's outcome cannot be known; parked says that nobody will find out. */
void call_unknown(struct call *call, const char *message, bool parked);

/* One waiter at a time is told of each change; NULL to stop. */
typedef void (*call_changed_fn)(void *context, struct call *call);
void call_await(struct call *call, call_changed_fn changed, void *context);

/* Tells the waiter and the run. */
void call_changed(struct call *call);

/* Its talk with the caller and its submission, made with it. */
struct conversation *call_conversation(const struct call *call);
struct submission *call_submission(const struct call *call);

/* Its row, when something worth keeping changed. False when that was lost. */
bool call_save(struct call *call);

#endif
