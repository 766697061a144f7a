/* Where a script first does something else than a recorded run did. */
#ifndef CLI_DIFFERENCE_H
#define CLI_DIFFERENCE_H

#include <jansson.h>

/* From what od_replay_run says: {kind, seq, op, what, message, recorded, replayed}, owned
 * by the caller; json_null when there is none. kind: "text" (that is spoken, played or
 * logged), "argument", "operation" (another one), "extra", "missing", "end". seq: the
 * number of the op. what: a few words without values, the same for runs that differ in
 * the same way. message: a sentence. recorded and replayed: {op, file, line, source};
 * null for one that has ended. */
json_t *difference_of(const json_t *replay);

/* The recorded op of that number, as an event; NULL when the run had not so many. */
json_t *difference_recorded(const json_t *replay, size_t seq);

/* The line of a script among the sources ("recorded" or "replayed") of a replay; NULL
 * when it is not there. The caller frees it. */
char *difference_source(const json_t *replay, const char *side, const json_t *op);

#endif
