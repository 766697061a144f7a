/* The store's tables and how they came to be, version after version. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "base/error.h"

#include <sqlite3.h>

/* Reads only: is this file empty or a store this program knows? False with *error. */
bool schema_recognise(sqlite3 *db, struct error *error);

/* Reads only: is a recognised file at the newest version, so that the questions of
 * store.h fit it? False with *error. */
bool schema_is_current(sqlite3 *db, struct error *error);

/* Brings a recognised file to the newest version, each step a transaction of its own.
 * False with *error; the file is then at the last version that was reached. */
bool schema_advance(sqlite3 *db, struct error *error);

#endif
