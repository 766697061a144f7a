/* Provider scripts at work: live code with settings, one Lua state for each version. A
 * provider stays the same while its versions come and go: each invocation ends on the one
 * that it began on, and whatever begins later has the newest. */
#ifndef PROVIDER_PROVIDER_H
#define PROVIDER_PROVIDER_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "http/client.h"
#include "http/lane.h"
#include "script/op.h"
#include "script/releases.h"
#include "script/script.h"
#include "script/settings.h"

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>

struct providers;
struct provider;
struct park;

struct providers_plan {
  struct ev_loop *loop;
  struct http_client *client;
  const struct settings *settings;
  const struct shelf *scripts;
  const struct releases *releases; /* of the same */
  const struct log *log;
  struct script_plan script;             /* how a provider's state is made */
  const struct op_kind *const *op_kinds; /* what its functions may ask for */
  void *parts;                           /* for the op kinds */
};

/* NULL if out of memory. The plan's pointers must outlive the providers. */
struct providers *providers_new(const struct providers_plan *plan);
void providers_free(struct providers *providers);

/* A provider for new calls, loaded on first use. NULL with *error (there is no such
 * script, or not any more; or what loading it said). */
struct provider *providers_get(struct providers *providers, const char *name,
                               struct error *error);

/* The same for calls under way: also one whose script is broken or was deleted. */
struct provider *providers_last(struct providers *providers, const char *name,
                                struct error *error);

/* What begins from now on has this version. Does nothing for a provider that is not
 * loaded. False with *error, and nothing is changed, when it cannot be loaded or lacks a
 * setting. */
bool providers_renew(struct providers *providers, struct release *release,
                     struct error *error);

/* "phonon, veratad": the providers whose accepts passes the test. Owned by the caller. */
typedef bool (*provider_test_fn)(const json_t *accepts, const void *context);
char *providers_that(struct providers *providers, provider_test_fn test,
                     const void *context);

/* Calls each with every provider loaded so far. */
typedef void (*provider_each_fn)(void *context, struct provider *provider);
void providers_each(struct providers *providers, provider_each_fn each, void *context);

const char *provider_name(const struct provider *provider);

/* The newest version: SHA-256 of its text, hex. Valid until the loop goes on. */
const char *provider_version(const struct provider *provider);

/* The newest version's definition without the functions: accepts, poll, hold,
 * answer_within, duplicate … and can, an object with a key for each function there is.
 * Valid until the loop goes on. */
const json_t *provider_traits(const struct provider *provider);
bool provider_can(const struct provider *provider, const char *function);

/* Reads its settings, once for each version. False with *error ("settings") when one is
 * missing or wrong.
 */
bool provider_settle(struct provider *provider, struct error *error);

/* One setting's text after provider_settle, or NULL. Valid as long. */
const char *provider_setting(const struct provider *provider, const char *key);

/* Appends text with the value of every secret setting as ${name}, also as JSON
 * escapes it. */
void provider_redact(const struct provider *provider, const char *text, size_t length,
                     struct buffer *out);

/* The other way: ${name} as the setting's value. */
void provider_reveal(const struct provider *provider, const char *text, size_t length,
                     struct buffer *out);

/* The lane that keeps the provider's rate. */
struct http_lane *provider_lane(struct provider *provider);

const struct log *provider_log(const struct provider *provider);
struct ev_loop *provider_loop(const struct provider *provider);

/* The body of a webhook's answer: the function plan, rendered to bytes. */
bool provider_render(struct provider *provider, const json_t *verbs, const json_t *call,
                     struct buffer *body, struct error *error);

/* A webhook as the provider's script gets to read it: all texts are UTF-8. */
struct provider_webhook {
  const char *method;
  const char *turn, *leg; /* of its query; NULL where it has none */
  const char *text;       /* of its body */
  size_t length;
  const json_t *body; /* what the text says */
};

/* What a webhook means: the function webhook. call is NULL where it is not known yet. The
 * event, an object (owned by the caller), or NULL with *error. */
json_t *provider_read_webhook(struct provider *provider,
                              const struct provider_webhook *webhook, const json_t *call,
                              struct error *error);

const struct providers_plan *provider_plan(const struct provider *provider);

#endif
