/* Where the control API is: the setting engine.control. */
#ifndef CONTROL_ADDRESS_H
#define CONTROL_ADDRESS_H

#include "base/error.h"

#include <stdbool.h>

enum control_kind { CONTROL_NOWHERE, CONTROL_SOCKET, CONTROL_PORT };

struct control_address {
  enum control_kind kind;
  char host[48]; /* of CONTROL_PORT, in numbers */
  unsigned short port;
  char path[512]; /* of CONTROL_SOCKET */
};

/* Reads "127.0.0.1:8080", "[::1]:8080", a socket's path (with a slash, or after "unix:"),
 * or "none". NULL stands for the store's path with ".control" behind it. False with
 * *error ("settings"), also for an address that others can reach. */
bool control_address_read(const char *text, const char *store,
                          struct control_address *address, struct error *error);

#endif
