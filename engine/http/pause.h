/* How long to wait before a request is sent again. */
#ifndef HTTP_PAUSE_H
#define HTTP_PAUSE_H

#include "http/client.h"

/* The pause before the try after `tries` tries, in seconds: `first` doubled for each try
 * beyond one, a quarter more or less by chance, at most `longest`. */
double pause_after(unsigned tries, double first, double longest);

/* The seconds that the answer's Retry-After asks for (RFC 9110, 10.2.3: seconds or a
 * date, taken against the answer's own Date where it has one), at most an hour; negative
 * if it has none that can be read. */
double pause_asked(const struct http_answer *answer);

#endif
