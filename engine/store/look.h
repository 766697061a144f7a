/* A look into a store's file from outside, whether an engine works on it or not. */
#ifndef STORE_LOOK_H
#define STORE_LOOK_H

#include "store/store.h"

struct look;

/* Opens the file for reading only. NULL with *error ("store") when it is not there, not
 * ours, or of another version. */
struct look *look_open(const char *path, struct error *error);
void look_close(struct look *look);

/* As store_ask, at once: false with *error ("store", "memory"). *json is the answer
 * (owned by the caller), NULL when there is no such thing. */
bool look_ask(struct look *look, enum store_question question, const char *const *values,
              char **json, struct error *error);

/* Copies all of it, as of now, into a new file for its owner only. False with *error:
 * "usage" when the file is there already, "store". Nothing is left behind then. */
bool look_copy(struct look *look, const char *file, struct error *error);

#endif
