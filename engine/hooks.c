#include "hooks.h"

#include "http/server.h"
#include "run/call.h"
#include "run/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hooks {
  struct ev_loop *loop;
  char *address, *public_url;
  const struct log *log;
  struct http_server *server;
  struct runs *runs;
  struct providers *providers;
};

struct hooks *hooks_new(struct ev_loop *loop, const char *address, const char *public_url,
                        const struct log *log) {
  struct hooks *hooks = calloc(1, sizeof *hooks);
  if (!hooks) return NULL;
  hooks->loop = loop;
  hooks->log = log;
  hooks->address = strdup(address ? address : "127.0.0.1:0");
  hooks->public_url = public_url ? strdup(public_url) : NULL;
  if (hooks->address && (hooks->public_url || !public_url)) return hooks;
  hooks_free(hooks);
  return NULL;
}

void hooks_free(struct hooks *hooks) {
  if (!hooks) return;
  if (hooks->server) http_server_free(hooks->server);
  free(hooks->address);
  free(hooks->public_url);
  free(hooks);
}

void hooks_serve(struct hooks *hooks, struct runs *runs, struct providers *providers) {
  hooks->runs = runs;
  hooks->providers = providers;
}

/* --- a webhook --- */

static void send_error(struct http_exchange *exchange, int status, const char *message) {
  struct buffer body = {0};
  buffer_text(&body, "{\"error\":");
  buffer_json(&body, message, strlen(message));
  buffer_text(&body, "}");
  http_answer_send(exchange, status, buffer_string(&body), body.length);
  buffer_free(&body);
}

static void send_reply(void *context, int status, const char *body, size_t length) {
  http_answer_send(context, status, body, length);
}

/* "/hooks/{provider}/{token}" into its two parts. */
static bool split_path(const char *path, char *provider, size_t size,
                       const char **token) {
  static const char prefix[] = "/hooks/";
  if (strncmp(path, prefix, sizeof prefix - 1) != 0) return false;
  path += sizeof prefix - 1;
  const char *slash = strchr(path, '/');
  if (!slash || !slash[1] || strchr(slash + 1, '/')) return false;
  snprintf(provider, size, "%.*s", (int)(slash - path), path);
  *token = slash + 1;
  return true;
}

struct console {
  const char *name, *token;
  struct provider *found;
};

/* A provider that reports to one address for all calls has the token in its settings. */
static void match_console(void *context, struct provider *provider) {
  struct console *console = context;
  const char *token = provider_setting(provider, "hook_token");
  if (!token || strcmp(provider_name(provider), console->name) != 0) return;
  if (id_equal(token, console->token)) console->found = provider;
}

/* Whose webhook this is: a provider, and a call unless the address is the console's. */
static struct provider *find_owner(struct hooks *hooks, const char *path,
                                   struct call **call) {
  char name[SOURCE_NAME_SIZE];
  const char *token;
  *call = NULL;
  if (!split_path(path, name, sizeof name, &token)) return NULL;
  struct call *found = runs_call_by_token(hooks->runs, token);
  struct provider *provider = found ? call_provider(found) : NULL;
  if (provider && strcmp(provider_name(provider), name) == 0) {
    *call = found;
    return provider;
  }
  struct console console = {.name = name, .token = token};
  providers_each(hooks->providers, match_console, &console);
  return console.found;
}

/* What the provider's script gets to read. */
static json_t *make_request(const struct http_incoming *incoming, json_t *body) {
  json_t *query = json_object();
  static const char *const names[] = {"turn", "leg"};
  for (size_t i = 0; i < 2; i++) {
    const char *value = http_incoming_query(incoming->exchange, names[i]);
    if (value) json_object_set_new(query, names[i], json_string(value));
  }
  return json_pack("{ss, so, sO, ss%}", "method", incoming->method, "query", query,
                   "body", body, "text", incoming->body, incoming->body_length);
}

static const char *text_of(const json_t *event, const char *key) {
  return json_string_value(json_object_get(event, key));
}

static void tell_leg(struct call *call, const json_t *event) {
  const char *to = text_of(event, "to"), *state = text_of(event, "state");
  run_tell(call_run(call),
           json_pack("{ss, ss, ss, ss}", "kind", "leg", "call", call_id(call), "to",
                     to ? to : "", "state", state ? state : "unknown"));
}

/* Does what the event says; every answer waits until it is on disk. */
static void deliver(struct hooks *hooks, struct call *call, const json_t *event,
                    const char *turn, struct reply reply) {
  const char *kind = text_of(event, "kind"), *key = text_of(event, "id");
  if (kind && strcmp(kind, "digits") == 0) {
    conversation_hear(call_conversation(call), turn, event, reply);
    return;
  }
  if (kind && strcmp(kind, "status") == 0)
    call_learn(call, event, CALL_WEBHOOK, key);
  else if (kind && strcmp(kind, "hangup") == 0) {
    if (call_note(call, key ? key : "hangup", kind, event)) call_hang_up(call);
  } else if (kind && strcmp(kind, "leg") == 0) {
    if (call_note(call, key, kind, event)) tell_leg(call, event);
  } else {
    log_line(hooks->log, LEVEL_INFO, "%s: a webhook was ignored%s%s",
             provider_name(call_provider(call)), text_of(event, "message") ? ": " : "",
             text_of(event, "message") ? text_of(event, "message") : "");
  }
  reply_when_stored(run_plan(call_run(call))->store, reply, NULL, 0);
}

static void handle(struct hooks *hooks, struct provider *provider, struct call *call,
                   json_t *request, const char *turn, struct http_exchange *exchange) {
  struct error error;
  json_t *subject = call ? call_subject(call) : NULL;
  json_t *event = provider_read_webhook(provider, request, subject, &error);
  json_decref(subject);
  if (!event) {
    log_line(hooks->log, LEVEL_WARNING, "a webhook was refused: %s", error.message);
    send_error(exchange, 400, error.message);
    return;
  }
  if (!call)
    call = runs_call_by_key(hooks->runs, provider_name(provider), text_of(event, "call"),
                            text_of(event, "reference"));
  if (call) {
    deliver(hooks, call, event, turn, (struct reply){send_reply, exchange});
  } else {
    log_line(hooks->log, LEVEL_WARNING, "%s: a webhook for a call that is not known",
             provider_name(provider));
    http_answer_send(exchange, 200, "{}", 2);
  }
  json_decref(event);
}

static void serve(void *context, struct http_exchange *exchange,
                  const struct http_incoming *incoming) {
  struct hooks *hooks = context;
  struct call *call;
  struct provider *provider = find_owner(hooks, incoming->path, &call);
  if (!provider) {
    send_error(exchange, 404, "there is nothing at this address");
    return;
  }
  if (strcmp(incoming->method, "POST") != 0) {
    send_error(exchange, 405, "a webhook is a POST");
    return;
  }
  json_t *body = json_loadb(incoming->body, incoming->body_length, JSON_DECODE_ANY, NULL);
  json_t *request = body ? make_request(incoming, body) : NULL;
  if (request)
    handle(hooks, provider, call, request, http_incoming_query(exchange, "turn"),
           exchange);
  else
    send_error(exchange, 400, "the body must be JSON");
  json_decref(request);
  json_decref(body);
}

/* --- its address --- */

static bool split_address(const char *address, char *host, size_t size,
                          unsigned short *port, struct error *error) {
  const char *colon = strrchr(address, ':');
  char *end = NULL;
  unsigned long number = colon ? strtoul(colon + 1, &end, 10) : 0;
  bool bracketed = address[0] == '[' && colon > address && colon[-1] == ']';
  const char *from = bracketed ? address + 1 : address;
  if (!colon || end == colon + 1 || *end || number > 65535)
    return error_set(
        error, "settings",
        "engine.hooks must be ADDRESS:PORT, such as 127.0.0.1:8080, not '%s'", address);
  snprintf(host, size, "%.*s", (int)(colon - from - (bracketed ? 1 : 0)), from);
  *port = (unsigned short)number;
  return true;
}

bool hooks_listen(struct hooks *hooks, struct error *error) {
  if (hooks->server) return true;
  char host[128];
  unsigned short port = 0;
  if (!split_address(hooks->address, host, sizeof host, &port, error)) return false;
  struct http_server_plan plan = {
      .address = host,
      .port = port,
      .serve = serve,
      .context = hooks,
      .log = hooks->log,
  };
  hooks->server = http_server_new(hooks->loop, &plan, error);
  return hooks->server != NULL;
}

static bool is_loopback(const char *url) {
  static const char *const hosts[] = {"://127.", "://localhost", "://[::1]", NULL};
  for (size_t i = 0; hosts[i]; i++)
    if (url && strstr(url, hosts[i])) return true;
  return false;
}

bool hooks_url(struct hooks *hooks, const struct provider *provider, const char *token,
               struct buffer *out, struct error *error) {
  if (!hooks->public_url && token && !is_loopback(provider_setting(provider, "url")))
    return error_set(error, "settings",
                     "%s cannot reach this machine: give --public-url, the address under "
                     "which it reaches the webhooks that arrive at --hooks",
                     provider_name(provider));
  if (!hooks_listen(hooks, error)) return false;
  if (!token) return true;
  size_t length = hooks->public_url ? strlen(hooks->public_url) : 0;
  while (length && hooks->public_url[length - 1] == '/') length--;
  if (hooks->public_url)
    buffer_append(out, hooks->public_url, length);
  else
    buffer_printf(out, "http://%.*s:%u",
                  (int)(strrchr(hooks->address, ':') - hooks->address), hooks->address,
                  http_server_port(hooks->server));
  return buffer_printf(out, "/hooks/%s/%s", provider_name(provider), token);
}
