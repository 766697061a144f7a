/* Where coroutines of one provider wait for one of them to come back, so that many calls
 * make one token request. */
#ifndef PROVIDER_PARK_H
#define PROVIDER_PARK_H

#include <ev.h>
#include <stdbool.h>

struct park;
struct parked; /* one who waits */

/* woken: else out of patience. */
typedef void (*park_fn)(void *context, bool woken);

struct park *park_new(struct ev_loop *loop);

/* By then nobody may wait any more. */
void park_free(struct park *park);

/* Who asks is inside under the key (copied) from now on; false when somebody is. */
bool park_enter(struct park *park, const char *key, const void *who);

/* He is not any more; key NULL: under no key at all. Those who wait for it go, in the
 * order they came, on the loop's next turn. */
void park_leave(struct park *park, const char *key, const void *who);

/* Waits until who is inside under the key (copied) leaves, at most a minute; then leave
 * is called, which is the end of the waiting. NULL if out of memory. */
struct parked *park_wait(struct park *park, const char *key, park_fn leave,
                         void *context);
void park_cancel(struct parked *parked);

#endif
