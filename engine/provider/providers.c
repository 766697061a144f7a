/* The providers of one engine: found, loaded on first use, kept. */
#include "provider/provider.h"

#include "provider/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct providers {
  struct providers_plan plan;
  struct provider *first;
};

struct providers *providers_new(const struct providers_plan *plan) {
  struct providers *providers = calloc(1, sizeof *providers);
  if (providers) providers->plan = *plan;
  return providers;
}

void providers_free(struct providers *providers) {
  if (!providers) return;
  while (providers->first) {
    struct provider *provider = providers->first;
    providers->first = *provider_next(provider);
    provider_free(provider);
  }
  free(providers);
}

static struct provider *loaded(const struct providers *providers, const char *name) {
  struct provider *provider = providers->first;
  while (provider && strcmp(provider_name(provider), name) != 0)
    provider = *provider_next(provider);
  return provider;
}

static struct provider *load(struct providers *providers, struct release *release,
                             struct error *error) {
  struct provider *provider = provider_load(&providers->plan, release, error);
  if (!provider) return NULL;
  *provider_next(provider) = providers->first;
  providers->first = provider;
  return provider;
}

static struct provider *found(struct providers *providers, struct release *release,
                              struct error *error) {
  struct provider *provider = release ? load(providers, release, error) : NULL;
  release_drop(release);
  return provider;
}

struct provider *providers_get(struct providers *providers, const char *name,
                               struct error *error) {
  const struct releases *releases = providers->plan.releases;
  struct provider *provider = loaded(providers, name);
  if (provider && !releases_gone(releases, SOURCE_PROVIDER, name, error)) return provider;
  if (provider) return NULL;
  return found(providers, releases_find(releases, SOURCE_PROVIDER, name, error), error);
}

struct provider *providers_last(struct providers *providers, const char *name,
                                struct error *error) {
  const struct releases *releases = providers->plan.releases;
  struct provider *provider = loaded(providers, name);
  if (provider) return provider;
  return found(providers, releases_last(releases, SOURCE_PROVIDER, name, error), error);
}

bool providers_renew(struct providers *providers, struct release *release,
                     struct error *error) {
  struct provider *provider = loaded(providers, release_source(release)->name);
  return !provider || provider_renew(provider, release, error);
}

char *providers_that(struct providers *providers, provider_test_fn test,
                     const void *context) {
  struct buffer names = {0};
  char **list = shelf_list(providers->plan.scripts, SOURCE_PROVIDER);
  for (char **name = list; name && *name; name++) {
    struct provider *provider = providers_get(providers, *name, NULL);
    if (!provider) continue;
    if (!test(json_object_get(provider_traits(provider), "accepts"), context)) continue;
    buffer_printf(&names, "%s%s", names.length ? ", " : "", *name);
  }
  source_list_free(list);
  return names.data;
}

void providers_each(struct providers *providers, provider_each_fn each, void *context) {
  struct provider *provider = providers->first;
  for (; provider; provider = *provider_next(provider)) each(context, provider);
}
