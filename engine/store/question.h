/* What can be asked of a store's file, as SQL. */
#ifndef STORE_QUESTION_H
#define STORE_QUESTION_H

#include "store/store.h"

#include <sqlite3.h>

enum { QUESTION_VALUES = 4 };

/* Prepares the question on a connection; NULL with *error. */
sqlite3_stmt *question_prepare(sqlite3 *db, enum store_question question,
                               struct error *error);

/* Asks it with the values (NULL-ended where there are fewer than QUESTION_VALUES). *json
 * is the answer (owned by the caller), NULL when there is no such thing. False with
 * *error. */
bool question_ask(sqlite3_stmt *statement, const char *const *values, char **json,
                  struct error *error);

#endif
