/* What the files of this room share. */
#ifndef PROVIDER_INTERNAL_H
#define PROVIDER_INTERNAL_H

#include "provider/provider.h"

struct provider *provider_load(const struct providers_plan *plan,
                               const struct source *source, struct error *error);
void provider_free(struct provider *provider);
struct provider **provider_next(struct provider *provider);

/* Takes the secrets out of what a script gave: of an error's message, and of a copy of
 * the results (an array) wherever they are told to people. */
void provider_redact_error(const struct provider *provider, struct error *error);
json_t *provider_redact_results(const struct provider *provider, json_t *results);

#endif
