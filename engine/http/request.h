/* A request as the client keeps it: checked, complete, in one block. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/client.h"

/* False with *error "invalid" when the request must not go out: a method or header that
 * would break the message's form, a header that the client writes itself, or a size over
 * its cap. The URL is judged by http_target_parse. */
bool http_request_check(const struct http_request *request, struct error *error);

/* A deep copy with every default filled in, for free(); NULL if out of memory. */
struct http_request *http_request_copy(const struct http_request *request);

/* Whether the request has a header of this name, in any case. */
bool http_request_has(const struct http_request *request, const char *name);

#endif
