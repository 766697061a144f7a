/* What the files of this room share. */
#ifndef PROVIDER_INTERNAL_H
#define PROVIDER_INTERNAL_H

#include "provider/provider.h"

struct provider *provider_load(const struct providers_plan *plan,
                               const struct source *source, struct error *error);
void provider_free(struct provider *provider);
struct provider **provider_next(struct provider *provider);

/* Ops that wait for the same thing, see park.c. */
struct park;
struct park *provider_park(struct provider *provider);
struct park *park_new(struct ev_loop *loop);
void park_free(struct park *park);

#endif
