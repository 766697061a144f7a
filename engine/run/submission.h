/* The create-call of one call: asked of the provider once, and what becomes of it. */
#ifndef RUN_SUBMISSION_H
#define RUN_SUBMISSION_H

#include "base/error.h"
#include "run/run.h"

struct submission;

struct submission *submission_new(struct call *call);
void submission_free(struct submission *submission);

/* Places the call with the plan so far (an array of verbs); once. Its outcome shows as
 * changes of the call. False with *error when it was refused before anything was sent:
 * "unsupported", "settings", "memory". */
bool submission_start(struct submission *submission, const json_t *verbs, bool waited,
                      struct error *error);

/* The provider has the call, or had it: nothing more to find out, or to send. */
void submission_stop(struct submission *submission);

/* Nobody is to be called any more: what has not left does not leave. Whether that is all
 * there was, so that the provider knows nothing of the call. */
bool submission_withdraw(struct submission *submission);

/* The create-call is under way, or waits for its turn or for the disk. */
bool submission_is_placing(const struct submission *submission);

/* Something is under way whose outcome only memory has. */
bool submission_is_busy(const struct submission *submission);

/* Of an earlier life: whether the intent of a create-call was on disk (its bytes, secrets
 * as ${name}), and going on from there: the provider is asked, or sent the same bytes
 * again where it knows them, or the call is unknown. Never a second call. */
void submission_restore(struct submission *submission, const char *request);
void submission_recover(struct submission *submission, const json_t *verbs);

/* The webhook address that the provider was given, or NULL. */
const char *submission_hook(const struct submission *submission);

/* Reads a poll schedule of a provider's definition; false where there is none. */
struct poll_plan;
bool submission_schedule(const struct provider *provider, const char *key,
                         struct poll_plan *plan);

#endif
