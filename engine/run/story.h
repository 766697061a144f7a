/* A run as the store tells it, for people and other programs. */
#ifndef RUN_STORY_H
#define RUN_STORY_H

#include <jansson.h>

/* What a follower of the run was told, in its order, from the run's rows (the answer to
 * STORE_RUN): an array of events as od_event_fn has them, keyed digits masked. Tokens,
 * cursors and requests are not in it. Owned by the caller; NULL if out of memory. */
json_t *story_events(const json_t *saved);

/* The same as one object: the run's report, and created, finished, waiting, events. */
json_t *story_of(const json_t *saved);

/* What others may see of an op's args and result, both owned by the caller: keyed digits
 * show as stars, and what goes to the host's functions and comes back stays between them
 * and the journal, since flows hand keyed digits on to them. */
json_t *story_args(const char *op, const json_t *args);
json_t *story_result(const char *op, const json_t *values);

#endif
