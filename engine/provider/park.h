/* Where coroutines of one provider wait for one of them to come back, so that many calls
 * make one token request. */
#ifndef PROVIDER_PARK_H
#define PROVIDER_PARK_H

#include <ev.h>

struct park;
struct parked; /* one who waits */

typedef void (*park_fn)(void *context);

struct park *park_new(struct ev_loop *loop);

/* By then nobody may wait any more. */
void park_free(struct park *park);

/* Waits until some wake has the same key (copied), at most a minute; then leave is
 * called, which is the end of the waiting. NULL if out of memory. */
struct parked *park_wait(struct park *park, const char *key, park_fn leave,
                         void *context);
void park_cancel(struct parked *parked);

/* Lets those with the key go, in the order they came, on the loop's next turn. */
void park_wake(struct park *park, const char *key);

#endif
