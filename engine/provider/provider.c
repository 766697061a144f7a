#include "provider/provider.h"

#include "provider/internal.h"
#include "provider/park.h"
#include "script/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct edition {
  struct edition *before; /* older, and still at work */
  size_t holders;         /* invocations, and the provider while it is the newest */
  char version[ID_DIGEST_SIZE];
  struct script *script;
  struct park *park;
  json_t *settings; /* NULL until settled */
};

struct provider {
  const struct providers_plan *plan;
  struct provider *next;
  char name[SOURCE_NAME_SIZE];
  struct http_lane *lane;
  struct edition *newest;
  struct pace pace;
};

struct provider **provider_next(struct provider *provider) {
  return &provider->next;
}

struct pace *provider_pace(struct provider *provider) {
  return &provider->pace;
}

/* --- editions --- */

static void edition_free(struct edition *edition) {
  if (!edition) return;
  park_free(edition->park);
  script_free(edition->script);
  json_decref(edition->settings);
  free(edition);
}

static struct edition *edition_new(const struct providers_plan *plan,
                                   const struct source *source, struct error *error) {
  struct edition *edition = calloc(1, sizeof *edition);
  error_set(error, "memory", "out of memory for %s", source->path);
  if (!edition) return NULL;
  edition->holders = 1;
  snprintf(edition->version, sizeof edition->version, "%s", source->hash);
  edition->park = park_new(plan->loop);
  if (edition->park) edition->script = script_load(&plan->script, source, error);
  if (edition->script) return edition;
  edition_free(edition);
  return NULL;
}

struct edition *provider_enter(struct provider *provider) {
  provider->newest->holders++;
  return provider->newest;
}

void provider_leave(struct provider *provider, struct edition *edition) {
  if (--edition->holders) return;
  struct edition **link = &provider->newest;
  while (*link != edition) link = &(*link)->before;
  *link = edition->before;
  edition_free(edition);
}

struct script *edition_script(const struct edition *edition) {
  return edition->script;
}

const json_t *edition_settings(const struct edition *edition) {
  return edition->settings;
}

struct park *edition_park(const struct edition *edition) {
  return edition->park;
}

const struct edition *provider_newest(const struct provider *provider) {
  return provider->newest;
}

const struct edition *edition_before(const struct edition *edition) {
  return edition->before;
}

/* --- providers --- */

static double rate_of(const struct edition *edition) {
  return json_number_value(json_object_get(script_description(edition->script), "rate"));
}

struct provider *provider_load(const struct providers_plan *plan,
                               const struct source *source, struct error *error) {
  struct provider *provider = calloc(1, sizeof *provider);
  error_set(error, "memory", "out of memory for %s", source->path);
  if (!provider) return NULL;
  provider->plan = plan;
  snprintf(provider->name, sizeof provider->name, "%s", source->name);
  provider->newest = edition_new(plan, source, error);
  if (provider->newest) {
    struct http_lane_plan lane = {.per_second = rate_of(provider->newest)};
    provider->lane = http_lane_new(plan->loop, plan->client, &lane);
  }
  if (provider->lane) return provider;
  provider_free(provider);
  return NULL;
}

void provider_free(struct provider *provider) {
  if (!provider) return;
  if (provider->lane) http_lane_free(provider->lane);
  while (provider->newest) {
    struct edition *edition = provider->newest;
    provider->newest = edition->before;
    edition_free(edition);
  }
  free(provider);
}

bool provider_renew(struct provider *provider, const struct source *source,
                    struct error *error) {
  struct edition *before = provider->newest;
  struct edition *edition = edition_new(provider->plan, source, error);
  if (!edition) return false;
  edition->before = before;
  provider->newest = edition;
  if (before->settings && !provider_settle(provider, error)) {
    provider->newest = before;
    edition_free(edition);
    return false;
  }
  http_lane_pace(provider->lane, rate_of(edition));
  provider_leave(provider, before);
  return true;
}

const char *provider_name(const struct provider *provider) {
  return provider->name;
}

const char *provider_version(const struct provider *provider) {
  return provider->newest->version;
}

const json_t *provider_traits(const struct provider *provider) {
  return script_description(provider->newest->script);
}

bool provider_can(const struct provider *provider, const char *function) {
  return json_object_get(json_object_get(provider_traits(provider), "can"), function);
}

/* What is given of the provider's settings, before its defaults. */
static json_t *given_settings(const struct provider *provider, const json_t *rules,
                              struct error *error) {
  json_t *given = json_object();
  const char *key;
  json_t *rule;
  json_object_foreach ((json_t *)rules, key, rule) {
    char *value;
    if (!settings_read(provider->plan->settings, provider->name, key, &value, error)) {
      json_decref(given);
      return NULL;
    }
    if (value) json_object_set_new(given, key, json_string(value));
    free(value);
  }
  return given;
}

bool provider_settle(struct provider *provider, struct error *error) {
  if (provider->newest->settings) return true;
  const json_t *rules = json_object_get(provider_traits(provider), "settings");
  if (!settings_known(provider->plan->settings, provider->name, rules, error))
    return false;
  json_t *given = given_settings(provider, rules, error);
  if (!given) return false;
  json_t *values = script_call(provider->newest->script, "settings",
                               json_pack("[o, s]", given, provider->name), error);
  if (!values) return false;
  json_t *settings = json_array_get(values, 0);
  if (json_is_object(settings))
    provider->newest->settings = json_incref(settings);
  else
    error_set(error, "settings", "%s", json_string_value(json_array_get(values, 1)));
  json_decref(values);
  return provider->newest->settings != NULL;
}

const char *provider_setting(const struct provider *provider, const char *key) {
  return json_string_value(json_object_get(provider->newest->settings, key));
}

struct http_lane *provider_lane(struct provider *provider) {
  return provider->lane;
}

const struct log *provider_log(const struct provider *provider) {
  return provider->plan->log;
}

struct ev_loop *provider_loop(const struct provider *provider) {
  return provider->plan->loop;
}

const struct providers_plan *provider_plan(const struct provider *provider) {
  return provider->plan;
}

/* Calls a function that answers at once: its first result, or NULL with *error; nil with
 * a reason is an error too. */
static json_t *call_now(struct provider *provider, json_t *args, struct error *error) {
  json_t *values = script_call(provider->newest->script, "call", args, error);
  if (!values && error) provider_redact_error(provider, error);
  if (!values) return NULL;
  json_t *value = json_array_get(values, 0), *wrong = json_array_get(values, 1);
  if (value && !json_is_null(value)) {
    json_incref(value);
    json_decref(values);
    return value;
  }
  const char *code = json_string_value(json_object_get(wrong, "code"));
  const char *message = json_string_value(json_object_get(wrong, "message"));
  if (!message) message = json_string_value(wrong);
  error_set(error, code ? code : "script", "%s: %s", provider->name,
            message ? message : "its function returned nothing");
  json_decref(values);
  return NULL;
}

bool provider_render(struct provider *provider, const json_t *verbs, const json_t *call,
                     struct buffer *body, struct error *error) {
  json_t *plan = call_now(provider, json_pack("[s, O, O]", "plan", verbs, call), error);
  if (!plan) return false;
  bool kept = json_is_string(plan) ? buffer_text(body, json_string_value(plan))
                                   : tree_write(plan, body);
  json_decref(plan);
  return kept || error_set(error, "memory", "%s: the plan is too large", provider->name);
}

json_t *provider_read_webhook(struct provider *provider, json_t *request,
                              const json_t *call, struct error *error) {
  json_t *event = call_now(
      provider, json_pack("[s, O, O]", "webhook", request, (json_t *)call), error);
  if (event && json_is_object(event)) return event;
  if (event)
    error_set(error, "script", "%s: webhook must return a table", provider->name);
  json_decref(event);
  return NULL;
}
