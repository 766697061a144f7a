/* Names to addresses, off the loop. libcurl 7.88 starts one thread for each request it
 * looks a name up for and may wait for it; here requests for one name share one lookup,
 * their number is bounded, and nobody ever waits for a lookup that is stuck. */
#ifndef HTTP_RESOLVER_H
#define HTTP_RESOLVER_H

#include <ev.h>

struct resolver;
struct resolver_query; /* one asker that waits for a name */

/* Called once, on the loop's thread, never from inside resolver_ask. addresses is a comma
 * separated list ("192.0.2.1,[2001:db8::1]"), or NULL and reason says why there is none.
 * Both are valid during the call only. It must not free the resolver. */
typedef void (*resolver_done_fn)(void *context, const char *addresses,
                                 const char *reason);

/* NULL if out of memory. */
struct resolver *resolver_new(struct ev_loop *loop);

/* Never waits: a lookup under way ends by itself later. Queries are dropped silently. */
void resolver_free(struct resolver *resolver);

/* The name's addresses if they were found within the last minute, else NULL; valid until
 * the next call. */
const char *resolver_known(struct resolver *resolver, const char *host);

/* NULL if out of memory. The query is gone once done was called. */
struct resolver_query *resolver_ask(struct resolver *resolver, const char *host,
                                    resolver_done_fn done, void *context);

/* Takes the query back; done is not called. */
void resolver_drop(struct resolver_query *query);

/* Makes the next question for the name look it up anew. */
void resolver_forget(struct resolver *resolver, const char *host);

#endif
