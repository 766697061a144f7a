/* A listening TCP socket. */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

#include "base/error.h"

/* Opens one on a numeric IPv4 or IPv6 address; port 0 lets the kernel choose. Returns
 * the descriptor, or -1 with *error ("listen"). */
int listener_open(const char *address, unsigned short port, struct error *error);

/* The port a listening socket is bound to; 0 if the descriptor is none. */
unsigned short listener_port(int listener);

#endif
