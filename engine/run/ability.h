/* What a provider must be able to do for a call, and which providers can. */
#ifndef RUN_ABILITY_H
#define RUN_ABILITY_H

#include "provider/provider.h"

/* Checks what outdial.call was given against the provider's accepts; *error "unsupported"
 * names what it cannot do and the providers that can. */
bool ability_check(struct providers *providers, const struct provider *provider,
                   const json_t *args, struct error *error);

/* The same for a plan's verbs. */
bool ability_check_plan(struct providers *providers, const struct provider *provider,
                        const json_t *verbs, struct error *error);

#endif
