#include "control/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- requests that wait --- */

void visit_begin(struct visit *visit, struct control *control,
                 struct http_exchange *exchange) {
  visit->control = control;
  visit->exchange = exchange;
  visit->next = control->visits;
  control->visits = visit;
}

bool visit_end(struct visit *visit) {
  if (!visit->control) return false;
  struct visit **link = &visit->control->visits;
  while (*link != visit) link = &(*link)->next;
  *link = visit->next;
  return true;
}

/* --- answers --- */

void control_answer(struct http_exchange *exchange, int status, json_t *object) {
  static const char none[] =
      "{\"error\":{\"code\":\"memory\",\"message\":\"out of memory\"}}";
  char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
  json_decref(object);
  if (text)
    http_answer_send(exchange, status, text, strlen(text));
  else
    http_answer_send(exchange, 500, none, sizeof none - 1);
  free(text);
}

static json_t *error_object(const char *code, const char *message) {
  return json_pack("{s{ss, ss}}", "error", "code", code, "message", message);
}

void control_refuse(struct http_exchange *exchange, int status, const char *code,
                    const char *message) {
  control_answer(exchange, status, error_object(code, message));
}

/* A refusal that names a header, which its status calls for. */
static void refuse_with(struct http_exchange *exchange, const struct http_head *head,
                        const char *code, const char *message) {
  json_t *object = error_object(code, message);
  char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
  http_answer_give(exchange, head, text ? text : "", text ? strlen(text) : 0);
  json_decref(object);
  free(text);
}

void control_fail(struct http_exchange *exchange, const struct error *error) {
  static const struct {
    const char *code;
    int status;
  } statuses[] = {
      {"missing", 404},  {"conflict", 409}, {"usage", 422},
      {"settings", 422}, {"script", 422},   {"syntax", 422},
      {"runaway", 422},  {"store", 503},    {"stopping", 503},
  };
  int status = 500;
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    if (strcmp(statuses[i].code, error->code) == 0) status = statuses[i].status;
  json_t *object = error_object(error->code, error->message);
  if (error->line > 0)
    json_object_set_new(json_object_get(object, "error"), "source",
                        json_string(error->source));
  control_answer(exchange, status, object);
}

/* --- paths --- */

struct route {
  const char *method;
  const char *path; /* "*" stands for a run's id */
  void (*serve)(const struct demand *demand);
  bool open; /* also without the token */
};

static const struct route routes[] = {
    {"POST", "/runs", control_start_run, false},
    {"GET", "/runs", control_list_runs, false},
    {"GET", "/runs/*", control_show_run, false},
    {"POST", "/runs/*/cancel", control_cancel_run, false},
    {"POST", "/runs/*/resolve", control_resolve_run, false},
    {"GET", "/runs/*/events", control_follow_run, false},
    {"GET", "/events", control_follow_all, false},
    {"GET", "/scripts", control_list_scripts, false},
    {"GET", "/metrics", control_metrics, false},
    {"GET", "/health", control_health, true},
    {"GET", "/ready", control_ready, true},
    {"GET", "/openapi.json", control_describe, true},
};

/* Whether the path is of that shape; its id goes to id. */
static bool is_path(const char *shape, const char *path, char id[ID_RUN_SIZE]) {
  const char *star = strchr(shape, '*');
  size_t before = star ? (size_t)(star - shape) : strlen(shape) + 1;
  if (strncmp(shape, path, before) != 0) return false;
  if (!star) return true;
  size_t length = strcspn(path + before, "/");
  if (length == 0 || length >= ID_RUN_SIZE) return false;
  snprintf(id, ID_RUN_SIZE, "%.*s", (int)length, path + before);
  return strcmp(path + before + length, star + 1) == 0;
}

/* HEAD is where GET is (RFC 9110, 9.3.2); the server leaves the body out. */
static bool is_method(const struct route *route, const char *method) {
  return strcmp(strcmp(method, "HEAD") == 0 ? "GET" : method, route->method) == 0;
}

static const struct route *find_route(struct demand *demand, char *allowed, size_t size) {
  size_t length = 0;
  for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
    if (!is_path(routes[i].path, demand->incoming->path, demand->id)) continue;
    if (is_method(&routes[i], demand->incoming->method)) return &routes[i];
    length +=
        (size_t)snprintf(allowed + length, size - length, "%s%s%s", length ? ", " : "",
                         routes[i].method, is_method(&routes[i], "HEAD") ? ", HEAD" : "");
  }
  return NULL;
}

static bool is_bearer(const struct demand *demand) {
  static const char scheme[] = "Bearer ";
  const char *token = demand->control->token;
  const char *given = http_incoming_header(demand->exchange, "Authorization");
  if (!token) return true;
  return given && strncasecmp(given, scheme, sizeof scheme - 1) == 0 &&
         id_equal(given + sizeof scheme - 1, token);
}

/* A body is JSON, whether its sender says so or nothing. */
static bool is_json(const struct demand *demand) {
  static const char json[] = "application/json";
  const char *type = http_incoming_header(demand->exchange, "Content-Type");
  size_t length = sizeof json - 1;
  if (!type || demand->incoming->body_length == 0) return true;
  return strncasecmp(type, json, length) == 0 && strchr(" ;", type[length]);
}

static void refuse_route(struct demand *demand, const char *allowed) {
  const struct http_head head = {.status = 405, .name = "Allow", .value = allowed};
  char message[64];
  snprintf(message, sizeof message, "this path takes %s", allowed);
  if (*allowed)
    refuse_with(demand->exchange, &head, "method", message);
  else
    control_refuse(demand->exchange, 404, "missing", "there is nothing at this path");
}

static void serve(void *context, struct http_exchange *exchange,
                  const struct http_incoming *incoming) {
  static const struct http_head unknown = {
      .status = 401, .name = "WWW-Authenticate", .value = "Bearer"};
  struct demand demand = {.control = context, .exchange = exchange, .incoming = incoming};
  char allowed[32] = "";
  const struct route *route = find_route(&demand, allowed, sizeof allowed);
  if ((!route || !route->open) && !is_bearer(&demand))
    refuse_with(exchange, &unknown, "token",
                "give the token of the setting engine.control_token: "
                "Authorization: Bearer TOKEN");
  else if (!route)
    refuse_route(&demand, allowed);
  else if (!is_json(&demand))
    control_refuse(exchange, 415, "type",
                   "the body must be JSON: Content-Type: application/json");
  else
    route->serve(&demand);
}

/* --- listening --- */

static bool check_token(const struct control_plan *plan, struct error *error) {
  bool port = plan->address->kind == CONTROL_PORT;
  if (!port || (plan->token && *plan->token)) return true;
  return error_set(error, "settings",
                   "engine.control on a port needs engine.control_token, since every "
                   "user of this machine reaches it; or use a socket's path");
}

static bool listen_on(struct control *control, struct error *error) {
  const struct control_address *address = control->plan.address;
  char path[sizeof address->path + sizeof "unix:"];
  snprintf(path, sizeof path, "unix:%s", address->path);
  bool port = address->kind == CONTROL_PORT;
  struct http_server_plan plan = {
      .address = port ? address->host : path,
      .port = address->port,
      .body_limit = 1 << 20,
      .serve = serve,
      .context = control,
      .log = control->plan.log,
  };
  control->server = http_server_new(control->plan.loop, &plan, error);
  control->plan.address = NULL;
  return control->server != NULL;
}

struct control *control_new(const struct control_plan *plan, struct error *error) {
  if (!check_token(plan, error)) return NULL;
  struct control *control = calloc(1, sizeof *control);
  bool guarded = plan->address->kind == CONTROL_PORT;
  if (!control) goto fail;
  control->plan = *plan;
  control->token = guarded ? strdup(plan->token) : NULL;
  if (guarded && !control->token) goto fail;
  if (listen_on(control, error)) return control;
  control_free(control);
  return NULL;
fail:
  free(control);
  error_set(error, "memory", "out of memory for the control API");
  return NULL;
}

void control_free(struct control *control) {
  if (!control) return;
  if (control->server) http_server_free(control->server);
  control_end_events(control);
  control_end_starts(control);
  for (struct visit *visit = control->visits; visit; visit = visit->next)
    visit->control = NULL;
  free(control->token);
  free(control);
}

unsigned short control_port(const struct control *control) {
  return http_server_port(control->server);
}
