#include "hooks.h"

#include "base/fault.h"
#include "http/server.h"
#include "run/call.h"
#include "run/conversation.h"
#include "script/utf8.h"

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

/* What is told 5xx comes again, when there may be room for it. */
static const char no_memory[] = "out of memory";

static void send_error(struct reply reply, int status, const char *message) {
  struct buffer body = {0};
  buffer_text(&body, "{\"error\":");
  buffer_json(&body, message, strlen(message));
  buffer_text(&body, "}");
  reply.send(reply.context, status, buffer_string(&body), body.length);
  buffer_free(&body);
}

/* "/hooks/{provider}/{token}" into its two parts. */
static bool split_path(const char *path, char *provider, size_t size,
                       const char **token) {
  static const char prefix[] = "/hooks/";
  if (strncmp(path, prefix, sizeof prefix - 1) != 0) return false;
  path += sizeof prefix - 1;
  const char *slash = strchr(path, '/');
  if (!slash || !slash[1] || strchr(slash + 1, '/')) return false;
  size_t length = (size_t)(slash - path);
  if (length >= size) return false; /* no provider has such a name */
  memcpy(provider, path, length);
  provider[length] = '\0';
  *token = slash + 1;
  return true;
}

/* One webhook, while its call is looked for. Its texts are in the block, behind it. */
struct visit {
  struct hooks *hooks;
  struct reply reply;
  char name[SOURCE_NAME_SIZE]; /* of the provider in the path */
  const char *token;           /* the path's last part */
  const char *method, *turn, *leg, *text;
  size_t length;
  json_t *event;
  struct provider *provider; /* whose console the address is of */
};

static void visit_free(struct visit *visit) {
  json_decref(visit->event);
  free(visit);
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

static void ignore(struct hooks *hooks, struct call *call, const json_t *event) {
  const char *kind = text_of(event, "kind"), *message = text_of(event, "message");
  const char *provider = provider_name(call_provider(call));
  if (kind && strcmp(kind, "ignored") == 0)
    log_line(hooks->log, LEVEL_INFO, "%s: a webhook was ignored%s%s", provider,
             message ? ": " : "", message ? message : "");
  else
    log_line(hooks->log, LEVEL_WARNING, "%s: no webhook's kind is named '%s'", provider,
             kind ? kind : "");
}

/* Does what the event says; every answer waits until it is on disk. */
static void deliver(struct hooks *hooks, struct call *call, const json_t *event,
                    const char *turn, struct reply reply) {
  const char *kind = text_of(event, "kind"), *key = text_of(event, "id");
  struct store *store = run_plan(call_run(call))->store;
  if (!store_has_room(store, NULL)) {
    send_error(reply, 503, "store");
    return;
  }
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
    ignore(hooks, call, event);
  }
  reply_when_stored(store, reply, NULL, 0);
}

static void refuse(struct visit *visit, int status, const char *message) {
  send_error(visit->reply, status, message);
  visit_free(visit);
}

/* A number that is too large for an integer is a float, as in a service's answers. */
static json_t *parse(const struct visit *visit, json_error_t *wrong) {
  size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
  json_t *body = json_loadb(visit->text, visit->length, flags, wrong);
  if (body || json_error_code(wrong) != json_error_numeric_overflow) return body;
  return json_loadb(visit->text, visit->length, flags | JSON_DECODE_INT_AS_REAL, wrong);
}

/* What the webhook means, to the provider's script; answered already when NULL. */
static json_t *read_event(struct visit *visit, struct provider *provider,
                          struct call *call) {
  struct error error;
  json_error_t wrong = {0};
  json_t *body = parse(visit, &wrong);
  if (!body) {
    bool memory = !wrong.text[0]; /* jansson says nothing then */
    refuse(visit, memory ? 503 : 400, memory ? no_memory : "the body must be JSON");
    return NULL;
  }
  struct provider_webhook webhook = {visit->method, visit->turn,   visit->leg,
                                     visit->text,   visit->length, body};
  json_t *subject = call ? call_subject(call) : NULL, *event = NULL;
  if (subject || !call)
    event = provider_read_webhook(provider, &webhook, subject, &error);
  else
    error_set(&error, "memory", no_memory);
  json_decref(subject);
  json_decref(body);
  if (event) return event;
  log_error(visit->hooks->log, LEVEL_WARNING, &error, "a webhook was refused: ");
  refuse(visit, strcmp(error.code, "memory") == 0 ? 503 : 400, error.message);
  return NULL;
}

static void deliver_to(struct visit *visit, struct call *call, const json_t *event) {
  deliver(visit->hooks, call, event, visit->turn, visit->reply);
}

/* --- an address of a console, where all of a provider's webhooks arrive --- */

/* A provider that reports to one address for all calls has the token in its settings. */
static void match_console(void *context, struct provider *provider) {
  struct visit *visit = context;
  if (strcmp(provider_name(provider), visit->name) != 0) return;
  const char *token = provider_setting(provider, "hook_token");
  if (token && id_equal(token, visit->token)) visit->provider = provider;
}

static void found_by_key(void *context, struct call *call, const struct error *error) {
  struct visit *visit = context;
  if (error) {
    refuse(visit, 503, "the store cannot be read");
    return;
  }
  if (call) {
    deliver_to(visit, call, visit->event);
  } else {
    log_line(visit->hooks->log, LEVEL_WARNING,
             "%s: a webhook for a call that is not known", visit->name);
    visit->reply.send(visit->reply.context, 200, "{}", 2);
  }
  visit_free(visit);
}

static void visit_console(struct visit *visit) {
  if (strcmp(visit->method, "POST") != 0) {
    refuse(visit, 405, "a webhook is a POST");
    return;
  }
  json_t *event = read_event(visit, visit->provider, NULL);
  if (!event) return;
  visit->event = event;
  runs_find_call(visit->hooks->runs, visit->name, text_of(event, "call"),
                 text_of(event, "reference"), found_by_key, visit);
}

/* --- an address of one call --- */

static void found_by_token(void *context, struct call *call, const struct error *error) {
  struct visit *visit = context;
  struct provider *provider = call ? call_provider(call) : NULL;
  if (error) {
    refuse(visit, 503, "the store cannot be read");
    return;
  }
  if (!call || strcmp(provider_name(provider), visit->name) != 0) {
    refuse(visit, 404, "there is nothing at this address");
    return;
  }
  if (strcmp(visit->method, "POST") != 0) {
    refuse(visit, 405, "a webhook is a POST");
    return;
  }
  json_t *event = read_event(visit, provider, call);
  if (!event) return;
  deliver_to(visit, call, event);
  json_decref(event);
  visit_free(visit);
}

/* A text's copy at *end, which moves behind it. */
static const char *keep(char **end, const char *text, size_t length) {
  char *copy = *end;
  if (!text) return NULL;
  memcpy(copy, text, length);
  copy[length] = '\0';
  *end += length + 1;
  return copy;
}

static size_t length_of(const char *text) {
  return text ? strlen(text) : 0;
}

/* What of a query is no text is not there. */
static const char *only_text(const char *text) {
  return text && utf8_span(text, strlen(text)) == strlen(text) ? text : NULL;
}

static struct visit *make_visit(const struct hooks_request *request, const char *token) {
  const char *turn = only_text(request->turn), *leg = only_text(request->leg);
  size_t tokens = strlen(token), methods = strlen(request->method);
  size_t turns = length_of(turn), legs = length_of(leg);
  struct visit *visit =
      malloc(sizeof *visit + tokens + methods + turns + legs + request->length + 5);
  if (!visit) return NULL;
  char *end = (char *)(visit + 1);
  *visit = (struct visit){.length = request->length};
  visit->token = keep(&end, token, tokens);
  visit->method = keep(&end, request->method, methods);
  visit->turn = keep(&end, turn, turns);
  visit->leg = keep(&end, leg, legs);
  visit->text = keep(&end, request->body, request->length);
  return visit;
}

static struct visit *visit_new(struct hooks *hooks, const struct hooks_request *request,
                               struct reply reply) {
  char name[SOURCE_NAME_SIZE];
  const char *token;
  if (!split_path(request->path, name, sizeof name, &token)) {
    send_error(reply, 404, "there is nothing at this address");
    return NULL;
  }
  struct visit *visit = make_visit(request, token);
  if (!visit) {
    send_error(reply, 503, no_memory);
    return NULL;
  }
  visit->hooks = hooks;
  visit->reply = reply;
  memcpy(visit->name, name, sizeof name);
  return visit;
}

void hooks_receive(struct hooks *hooks, const struct hooks_request *request,
                   struct reply reply) {
  struct visit *visit = visit_new(hooks, request, reply);
  if (!visit) return;
  providers_each(hooks->providers, match_console, visit);
  if (visit->provider)
    visit_console(visit);
  else
    runs_find_token(hooks->runs, visit->token, found_by_token, visit);
}

static void send_reply(void *context, int status, const char *body, size_t length) {
  http_answer_send(context, status, body, length);
}

static void serve(void *context, struct http_exchange *exchange,
                  const struct http_incoming *incoming) {
  struct hooks_request request = {
      .method = incoming->method,
      .path = incoming->path,
      .turn = http_incoming_query(exchange, "turn"),
      .leg = http_incoming_query(exchange, "leg"),
      .body = incoming->body,
      .length = incoming->body_length,
  };
  hooks_receive(context, &request, (struct reply){send_reply, exchange});
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

/* The host's own server receives them. */
static bool is_host(const struct hooks *hooks) {
  return strcmp(hooks->address, "host") == 0;
}

bool hooks_listen(struct hooks *hooks, struct error *error) {
  if (hooks->server || (is_host(hooks) && hooks->public_url)) return true;
  if (is_host(hooks))
    return error_set(error, "settings",
                     "engine.hooks=host needs engine.public_url too, the address under "
                     "which providers reach the host's server");
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
  if (!hooks->server) return false;
  log_line(hooks->log, LEVEL_INFO, "webhooks are taken at %.*s:%u",
           (int)(strrchr(hooks->address, ':') - hooks->address), hooks->address,
           http_server_port(hooks->server));
  return true;
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
  buffer_printf(out, "/hooks/%s/%s", provider_name(provider), token);
  return !out->failed || error_set(error, "memory", "out of memory for an address");
}
