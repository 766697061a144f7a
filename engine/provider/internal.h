/* What the files of this room share. */
#ifndef PROVIDER_INTERNAL_H
#define PROVIDER_INTERNAL_H

#include "base/queue.h"
#include "provider/provider.h"

struct edition; /* a version of a provider at work: its Lua state and settings */

struct provider *provider_load(const struct providers_plan *plan, struct release *release,
                               struct error *error);
bool provider_renew(struct provider *provider, struct release *release,
                    struct error *error);
void provider_free(struct provider *provider);

/* The newest edition, which stays until it is left as often as it was entered. */
struct edition *provider_enter(struct provider *provider);
void provider_leave(struct provider *provider, struct edition *edition);

struct script *edition_script(const struct edition *edition);
const json_t *edition_settings(const struct edition *edition); /* NULL until settled */

/* Where its coroutines wait for one another. */
struct park *edition_park(const struct edition *edition);

/* From the newest to the oldest that is still at work; NULL behind that. */
const struct edition *provider_newest(const struct provider *provider);
const struct edition *edition_before(const struct edition *edition);
struct provider **provider_next(struct provider *provider);

/* Where its functions wait for their turn: those that place calls, or the others. */
struct queue *provider_queue(struct provider *provider, bool places);

/* Takes the secrets out of what a script gave: of an error's message, and of a copy of
 * the results (an array) wherever they are told to people. */
void provider_redact_error(const struct provider *provider, struct error *error);
json_t *provider_redact_results(const struct provider *provider, json_t *results);

#endif
