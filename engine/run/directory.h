/* The calls that are in memory, by what others know them by. */
#ifndef RUN_DIRECTORY_H
#define RUN_DIRECTORY_H

#include "base/table.h"
#include "run/run.h"

struct directory {
  struct table tokens, ids, references;
};

/* A call's part of it. Zero it. */
struct directory_entry {
  struct table_entry token, id, reference;
};

/* A call enters with its id, token and, if it has one, reference; leaving, also without
 * having entered, does nothing more. */
void directory_enter(struct directory *directory, struct call *call);
void directory_leave(struct directory *directory, struct call *call);

/* Around a change of its reference. */
void directory_forget_reference(struct directory *directory, struct call *call);
void directory_note_reference(struct directory *directory, struct call *call);

/* NULL when there is none in memory. */
struct call *directory_of_token(const struct directory *directory, const char *token);
struct call *directory_of_id(const struct directory *directory, const char *provider,
                             const char *id);
struct call *directory_of_reference(const struct directory *directory,
                                    const char *provider, const char *reference);

/* Whether a provider's reference is that of another call in memory. */
bool directory_has_other(const struct directory *directory, const struct call *own,
                         const char *reference);

void directory_free(struct directory *directory);

#endif
