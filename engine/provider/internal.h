/* What the files of this room share. */
#ifndef PROVIDER_INTERNAL_H
#define PROVIDER_INTERNAL_H

#include "provider/provider.h"

struct provider *provider_load(const struct providers_plan *plan,
                               const struct source *source, struct error *error);
void provider_free(struct provider *provider);
struct provider **provider_next(struct provider *provider);

#endif
