/* Where a request goes: the parts of its URL that the client needs. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "base/error.h"

#include <stdbool.h>

struct http_target {
  char *host;  /* in ASCII, as it is looked up */
  char *port;  /* in digits */
  char *shown; /* scheme, host, port and path: what a log or an error may show */
  bool lookup; /* host is a name that must be looked up */
};

/* Fills *target, to be given back to http_target_free. False with *error "invalid" for
 * what is no http or https URL, or one with a user name or password in it: those belong
 * in a header, for URLs are logged. */
bool http_target_parse(struct http_target *target, const char *url, struct error *error);
void http_target_free(struct http_target *target);

#endif
