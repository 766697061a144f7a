#include "run/ability.h"

#include <stdlib.h>
#include <string.h>

/* What is said shows only when the call is placed, see ability_check_plan. */
static bool never(const json_t *args) {
  (void)args;
  return false;
}

static bool has_message(const json_t *args) {
  return json_object_get(args, "message");
}

static bool has_line_types(const json_t *args) {
  return json_object_get(args, "exclude");
}

static bool has_window(const json_t *args) {
  return json_object_get(args, "start") || json_object_get(args, "finish");
}

static bool has_keys(const json_t *args) {
  return json_object_size(json_object_get(args, "keys")) > 0;
}

static bool has_alternates(const json_t *args) {
  return json_is_array(json_object_get(args, "to"));
}

static const struct ability {
  const char *key; /* in accepts */
  bool (*wanted)(const json_t *args);
  const char *what;
} abilities[] = {
    {"plan", never, "run a conversation (say, collect, dial …)"},
    {"message", has_message, "deliver a recorded message"},
    {"line_types", has_line_types, "leave out line types (exclude)"},
    {"window", has_window, "keep to a window (start, finish)"},
    {"keys", has_keys, "take keys"},
    {"alternates", has_alternates, "take alternate numbers"},
};

static bool can(const json_t *accepts, const void *context) {
  const struct ability *ability = context;
  json_t *value = json_object_get(accepts, ability->key);
  return value && !json_is_false(value) && !json_is_null(value);
}

static bool refuse(struct providers *providers, const struct provider *provider,
                   const struct ability *ability, struct error *error) {
  char *able = providers_that(providers, can, ability);
  error_set(error, "unsupported", "%s cannot %s; %s%s", provider_name(provider),
            ability->what, able ? "these can: " : "no provider here can",
            able ? able : "");
  free(able);
  return false;
}

/* accepts.keys may list the names that the provider knows. */
static bool check_names(const struct provider *provider, const json_t *known,
                        const json_t *keys, struct error *error) {
  if (!json_is_array(known)) return true;
  json_t *names = json_object();
  size_t i;
  json_t *name;
  json_array_foreach (known, i, name)
    json_object_set_new(names, json_string_value(name), json_true());
  const char *key;
  json_t *value;
  bool fine = true;
  json_object_foreach ((json_t *)keys, key, value) {
    if (!fine || json_object_get(names, key)) continue;
    char *list = settings_names(names);
    fine = error_set(error, "unsupported", "%s has no key '%s'; it has %s",
                     provider_name(provider), key, list ? list : "none");
    free(list);
  }
  json_decref(names);
  return fine;
}

bool ability_check(struct providers *providers, const struct provider *provider,
                   const json_t *args, struct error *error) {
  const json_t *accepts = json_object_get(provider_traits(provider), "accepts");
  for (size_t i = 0; i < sizeof abilities / sizeof *abilities; i++) {
    const struct ability *ability = &abilities[i];
    if (ability->wanted(args) && !can(accepts, ability))
      return refuse(providers, provider, ability, error);
  }
  return check_names(provider, json_object_get(accepts, "keys"),
                     json_object_get(args, "keys"), error);
}

bool ability_check_plan(struct providers *providers, const struct provider *provider,
                        const json_t *verbs, struct error *error) {
  const json_t *accepts = json_object_get(provider_traits(provider), "accepts");
  if (json_array_size(verbs) == 0 || can(accepts, &abilities[0])) return true;
  return refuse(providers, provider, &abilities[0], error);
}
