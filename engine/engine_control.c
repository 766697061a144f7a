/* Asking the engine that serves a store, from another process. */
#include "engine.h"

#include "control/address.h"
#include "http/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_SIZE = 600 };

/* What the settings say of the way there. */
struct way {
  struct engine_settings own;
  struct control_address address;
};

static bool find_way(const struct od_config *given, struct way *way,
                     struct error *error) {
  struct od_config config;
  bool found =
      engine_settings_of(given, &config, &way->own, error) &&
      control_address_read(way->own.control, way->own.store, &way->address, error);
  if (found && way->address.kind == CONTROL_NOWHERE)
    return error_set(error, "unreachable", "engine.control is none");
  return found;
}

static void make_url(const struct control_address *address, const char *path, char *url,
                     size_t size) {
  const char *shape = strchr(address->host, ':') ? "http://[%s]:%u%s" : "http://%s:%u%s";
  if (address->kind == CONTROL_PORT)
    snprintf(url, size, shape, address->host, address->port, path);
  else
    snprintf(url, size, "http://outdial%s", path);
}

static int ask(const struct way *way, const struct od_demand *demand, struct buffer *body,
               struct error *error) {
  char url[1024], token[HEADER_SIZE], key[HEADER_SIZE];
  const char *headers[3] = {NULL};
  size_t count = 0;
  make_url(&way->address, demand->path, url, sizeof url);
  snprintf(token, sizeof token, "Authorization: Bearer %s",
           way->own.control_token ? way->own.control_token : "");
  snprintf(key, sizeof key, "Idempotency-Key: %s", demand->key ? demand->key : "");
  if (way->own.control_token) headers[count++] = token;
  if (demand->key) headers[count++] = key;
  bool socket = way->address.kind == CONTROL_SOCKET;
  return http_ask(&(struct http_ask){.socket = socket ? way->address.path : NULL,
                                     .method = demand->method,
                                     .url = url,
                                     .headers = headers,
                                     .body = demand->body},
                  body, error);
}

static bool read_demand(struct od_demand *own, const struct od_demand *given,
                        char **answer, struct error *error) {
  if (!engine_take(own, sizeof *own, given, sizeof *own, "od_demand", error))
    return false;
  bool whole = own->method && own->path && answer;
  return whole || error_set(error, "misuse",
                            "a demand needs its method and path, and a place for the "
                            "answer");
}

int od_control(const struct od_config *config, const struct od_demand *given,
               char **answer, struct od_error *error) {
  struct error wrong = {0};
  struct od_demand demand;
  struct way way = {0};
  struct buffer body = {0};
  if (answer) *answer = NULL;
  bool may =
      read_demand(&demand, given, answer, &wrong) && find_way(config, &way, &wrong);
  int status = may ? ask(&way, &demand, &body, &wrong) : 0;
  if (status && !(*answer = strdup(buffer_string(&body)))) {
    error_set(&wrong, "memory", "out of memory for an answer");
    status = 0;
  }
  if (!status) engine_error(error, &wrong);
  buffer_free(&body);
  engine_settings_free(&way.own);
  return status;
}
