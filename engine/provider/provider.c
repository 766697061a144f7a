#include "provider/provider.h"

#include "provider/internal.h"
#include "provider/park.h"
#include "script/tree.h"
#include "script/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many create-calls are under way at once, which is as many connections as a host is
 * given. More would only wait for one: with their intents on disk, so that after a crash
 * nobody knew of any of them whether it was placed; with their deadlines running; and
 * each with a coroutine, of which Lua's collector goes through all at a time. */
enum { PLACING = 128 };

struct edition {
  struct edition *before; /* older, and still at work */
  size_t holders;         /* invocations, and the provider while it is the newest */
  char version[ID_DIGEST_SIZE];
  struct release *release;         /* its text, and the modules that it requires */
  const struct releases *releases; /* where others are that it requires late */
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
  struct queue placing, asking;
};

struct provider **provider_next(struct provider *provider) {
  return &provider->next;
}

struct queue *provider_queue(struct provider *provider, bool places) {
  return places ? &provider->placing : &provider->asking;
}

/* --- editions --- */

static void edition_free(struct edition *edition) {
  if (!edition) return;
  park_free(edition->park);
  script_free(edition->script);
  release_drop(edition->release);
  json_decref(edition->settings);
  free(edition);
}

static bool find_module(void *context, const char *name, struct source *source,
                        struct error *error) {
  const struct edition *edition = context;
  const struct source *own = release_module(edition->release, name);
  if (!own) return releases_module(edition->releases, name, source, error);
  return source_copy(source, own) ||
         error_set(error, "memory", "out of memory for %s", name);
}

static struct edition *edition_new(const struct providers_plan *plan,
                                   struct release *release, struct error *error) {
  struct edition *edition = calloc(1, sizeof *edition);
  const struct source *source = release_source(release);
  struct script_plan script = plan->script;
  error_set(error, "memory", "out of memory for %s", source->path);
  if (!edition) return NULL;
  edition->holders = 1;
  edition->release = release_hold(release);
  edition->releases = plan->releases;
  snprintf(edition->version, sizeof edition->version, "%s", source->hash);
  script.find = find_module;
  script.find_context = edition;
  edition->park = park_new(plan->loop);
  if (edition->park) edition->script = script_load(&script, source, error);
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

struct provider *provider_load(const struct providers_plan *plan, struct release *release,
                               struct error *error) {
  struct provider *provider = calloc(1, sizeof *provider);
  const struct source *source = release_source(release);
  error_set(error, "memory", "out of memory for %s", source->path);
  if (!provider) return NULL;
  provider->plan = plan;
  queue_open(&provider->placing, plan->loop, PLACING);
  queue_open(&provider->asking, plan->loop, 0);
  snprintf(provider->name, sizeof provider->name, "%s", source->name);
  provider->newest = edition_new(plan, release, error);
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
  queue_close(&provider->placing);
  queue_close(&provider->asking);
  if (provider->lane) http_lane_free(provider->lane);
  while (provider->newest) {
    struct edition *edition = provider->newest;
    provider->newest = edition->before;
    edition_free(edition);
  }
  free(provider);
}

bool provider_renew(struct provider *provider, struct release *release,
                    struct error *error) {
  struct edition *before = provider->newest;
  struct edition *edition = edition_new(provider->plan, release, error);
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
  json_t *values = script_ask(provider->newest->script, "settings",
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

/* --- functions that answer at once --- */

struct answer {
  const struct provider *provider;
  struct buffer *body; /* of plan */
  json_t *event;       /* of webhook */
};

static bool refuse(const struct provider *provider, const json_t *wrong,
                   struct error *error) {
  const char *code = json_string_value(json_object_get(wrong, "code"));
  const char *message = json_string_value(json_object_get(wrong, "message"));
  if (!message) message = json_string_value(wrong);
  return error_set(error, code ? code : "script", "%s: %s", provider->name,
                   message ? message : "its function returned nothing");
}

/* Whether there is a first result; nil with a reason is an error. */
static bool has_value(const struct provider *provider, lua_State *L, int count,
                      struct error *error) {
  if (count > 0 && !lua_isnil(L, -count) && !value_is_null(L, -count)) return true;
  json_t *wrong = count > 1 ? tree_take(L, 1 - count, error) : json_null();
  if (wrong) refuse(provider, wrong, error);
  json_decref(wrong);
  return false;
}

static bool call_now(struct provider *provider, struct script_call *call,
                     struct error *error) {
  call->function = "call";
  if (script_call(provider->newest->script, call, error)) return true;
  if (error) provider_redact_error(provider, error);
  return false;
}

struct question {
  const json_t *verbs;                    /* for plan */
  const struct provider_webhook *webhook; /* for webhook */
  const json_t *call;
};

static int give_plan(lua_State *L, const void *given) {
  const struct question *question = given;
  lua_pushliteral(L, "plan");
  tree_give(L, question->verbs, 1);
  tree_give(L, question->call, 1);
  return 3;
}

/* As it stands, if it is a text. */
static bool take_plan(lua_State *L, int count, void *taken, struct error *error) {
  struct answer *answer = taken;
  if (!has_value(answer->provider, L, count, error)) return false;
  if (lua_type(L, -count) != LUA_TSTRING)
    return value_encode(L, -count, answer->body, error);
  json_t *text = tree_take(L, -count, error);
  bool kept = text && buffer_text(answer->body, json_string_value(text));
  if (text && !kept)
    error_set(error, "memory", "%s: the plan is too large", answer->provider->name);
  json_decref(text);
  return kept;
}

bool provider_render(struct provider *provider, const json_t *verbs, const json_t *call,
                     struct buffer *body, struct error *error) {
  struct answer answer = {.provider = provider, .body = body};
  struct question question = {.verbs = verbs, .call = call};
  struct script_call plan = {
      .give = give_plan, .given = &question, .take = take_plan, .taken = &answer};
  if (verbs && call) return call_now(provider, &plan, error);
  return error_set(error, "memory", "%s: out of memory for a plan", provider->name);
}

static void give_query(lua_State *L, const struct provider_webhook *webhook) {
  lua_createtable(L, 0, 1);
  if (webhook->turn) {
    lua_pushstring(L, webhook->turn);
    lua_setfield(L, -2, "turn");
  }
  if (webhook->leg) {
    lua_pushstring(L, webhook->leg);
    lua_setfield(L, -2, "leg");
  }
}

static int give_webhook(lua_State *L, const void *given) {
  const struct question *question = given;
  const struct provider_webhook *webhook = question->webhook;
  lua_pushliteral(L, "webhook");
  lua_createtable(L, 0, 4);
  lua_pushstring(L, webhook->method);
  lua_setfield(L, -2, "method");
  give_query(L, webhook);
  lua_setfield(L, -2, "query");
  tree_give(L, webhook->body, 2);
  lua_setfield(L, -2, "body");
  lua_pushlstring(L, webhook->text, webhook->length);
  lua_setfield(L, -2, "text");
  if (question->call)
    tree_give(L, question->call, 1);
  else
    lua_pushnil(L);
  return 3;
}

static bool take_event(lua_State *L, int count, void *taken, struct error *error) {
  struct answer *answer = taken;
  if (!has_value(answer->provider, L, count, error)) return false;
  answer->event = tree_take(L, -count, error);
  if (!answer->event || json_is_object(answer->event)) return answer->event != NULL;
  json_decref(answer->event);
  answer->event = NULL;
  return error_set(error, "script", "%s: webhook must return a table",
                   answer->provider->name);
}

json_t *provider_read_webhook(struct provider *provider,
                              const struct provider_webhook *webhook, const json_t *call,
                              struct error *error) {
  struct answer answer = {.provider = provider};
  struct question question = {.webhook = webhook, .call = call};
  struct script_call read = {
      .give = give_webhook, .given = &question, .take = take_event, .taken = &answer};
  call_now(provider, &read, error);
  return answer.event;
}
