#include "control/address.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool set_path(struct control_address *address, const char *path, const char *more,
                     struct error *error) {
  address->kind = CONTROL_SOCKET;
  int length = snprintf(address->path, sizeof address->path, "%s%s", path, more);
  return length < (int)sizeof address->path ||
         error_set(error, "settings", "engine.control: the path is too long: %.100s…",
                   path);
}

/* By its real path, so that whoever names the store differently finds the same socket. */
static bool beside_store(struct control_address *address, const char *store,
                         struct error *error) {
  char real[PATH_MAX];
  return set_path(address, realpath(store, real) ? real : store, ".control", error);
}

/* Nobody else's: a machine's loopback is its own. */
static bool is_loopback(const char *host) {
  struct in_addr four;
  struct in6_addr six;
  if (inet_pton(AF_INET, host, &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* "127.0.0.1:8080", "[::1]:8080" into host and port. */
static bool split(struct control_address *address, const char *text) {
  const char *colon = strrchr(text, ':');
  if (!colon || colon == text) return false;
  bool bracketed = text[0] == '[' && colon[-1] == ']';
  const char *from = text + bracketed;
  int length = (int)(colon - from) - bracketed;
  char *end;
  unsigned long port = strtoul(colon + 1, &end, 10);
  if (!colon[1] || *end || port > 65535 || length >= (int)sizeof address->host)
    return false;
  snprintf(address->host, sizeof address->host, "%.*s", length, from);
  address->port = (unsigned short)port;
  return true;
}

static bool set_port(struct control_address *address, const char *text,
                     struct error *error) {
  address->kind = CONTROL_PORT;
  if (!split(address, text))
    return error_set(error, "settings",
                     "engine.control must be the path of a socket, 127.0.0.1:PORT, or "
                     "none, not '%s'",
                     text);
  if (is_loopback(address->host)) return true;
  return error_set(error, "settings",
                   "engine.control: '%s' is no loopback address; who holds the API can "
                   "place calls, so it stays on this machine; put a proxy in front of it",
                   text);
}

bool control_address_read(const char *text, const char *store,
                          struct control_address *address, struct error *error) {
  static const char scheme[] = "unix:";
  *address = (struct control_address){0};
  bool nowhere = !text && strncmp(store, "memory:", 7) == 0;
  if (nowhere || (text && strcmp(text, "none") == 0)) return true;
  if (!text) return beside_store(address, store, error);
  if (strncmp(text, scheme, sizeof scheme - 1) == 0)
    return set_path(address, text + sizeof scheme - 1, "", error);
  if (strchr(text, '/')) return set_path(address, text, "", error);
  return set_port(address, text, error);
}
