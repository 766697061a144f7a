/* One request to a server of this machine, waited for: for commands, never on a loop. */
#ifndef HTTP_ASK_H
#define HTTP_ASK_H

#include "base/buffer.h"
#include "base/error.h"

struct http_ask {
  const char *socket; /* the path of a Unix socket, or NULL: the url's host */
  const char *method, *url;
  const char *const *headers; /* "Name: value", NULL-ended, or NULL */
  const char *body;           /* JSON, or NULL */
};

/* The answer's status, whatever it is, and its body; or 0 with *error: "unreachable" when
 * nobody listens there, "connection" when this user may not ask there or no whole answer
 * came, "memory". */
int http_ask(const struct http_ask *ask, struct buffer *body, struct error *error);

#endif
