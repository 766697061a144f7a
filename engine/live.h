/* The scripts of an engine that serves: an edit is read whole and checked, and only then
 * does new work use it. What is under way does not notice, except that a provider's next
 * invocation has its newest good version. */
#ifndef ENGINE_LIVE_H
#define ENGINE_LIVE_H

#include "engine.h"

struct live;

/* Looks at the folder before it returns, and from then on whenever it changes. A script
 * whose file will not do is served by the version that was live last, by the store. NULL
 * with *error: "memory". */
struct live *live_new(struct od_engine *engine, struct error *error);
void live_free(struct live *live); /* NULL does nothing */

#endif
