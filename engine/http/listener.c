#include "http/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *advice(int reason) {
  switch (reason) {
  case EADDRINUSE:
    return "another program listens there; stop it or choose another port";
  case EACCES:
    return "this user may not; choose a port above 1023 or grant the right to bind";
  case EADDRNOTAVAIL:
    return "this machine has no such address; use one of its own, or 0.0.0.0 for all";
  case EAFNOSUPPORT:
    return "this machine does not speak that kind of address; use an IPv4 address";
  case EMFILE:
  case ENFILE:
    return "too many files are open; raise the limit (ulimit -n)";
  default:
    return strerror(reason);
  }
}

static int refuse(const char *address, unsigned short port, const char *why,
                  struct error *error) {
  const char *shape = strchr(address, ':') ? "[%s]" : "%s";
  char host[64];
  snprintf(host, sizeof host, shape, address);
  error_set(error, "listen", "cannot listen on %s:%u: %s", host, port, why);
  return -1;
}

static int open_socket(const struct addrinfo *where) {
  int type = where->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC;
  int listener = socket(where->ai_family, type, where->ai_protocol);
  if (listener < 0) return -1;
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, where->ai_addr, where->ai_addrlen) == 0 &&
      listen(listener, SOMAXCONN) == 0)
    return listener;
  int reason = errno;
  close(listener);
  errno = reason;
  return -1;
}

int listener_open(const char *address, unsigned short port, struct error *error) {
  struct addrinfo hints = {
      .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
      .ai_socktype = SOCK_STREAM,
  };
  char service[8];
  snprintf(service, sizeof service, "%u", port);
  struct addrinfo *where = NULL;
  /* Numbers only: looking a name up could hold up the loop. */
  if (!*address || getaddrinfo(address, service, &hints, &where) != 0)
    return refuse(address, port, "give the address in numbers, such as 127.0.0.1 or ::1",
                  error);
  int listener = open_socket(where);
  int reason = errno;
  freeaddrinfo(where);
  return listener < 0 ? refuse(address, port, advice(reason), error) : listener;
}

unsigned short listener_port(int listener) {
  struct sockaddr_storage bound;
  socklen_t length = sizeof bound;
  if (getsockname(listener, (struct sockaddr *)&bound, &length) != 0) return 0;
  if (bound.ss_family == AF_INET6)
    return ntohs(((struct sockaddr_in6 *)&bound)->sin6_port);
  if (bound.ss_family != AF_INET) return 0;
  return ntohs(((struct sockaddr_in *)&bound)->sin_port);
}
