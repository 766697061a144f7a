/* A connection to a SQLite file, and its troubles in plain words. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "base/error.h"

#include <sqlite3.h>
#include <stdint.h>

/* "memory:NAME" is no file but a database of this process, gone with its last connection.
 * The name has letters, digits, "-" and "_"; an empty one is different each time. */
bool database_in_memory(const char *path);

/* Makes the file if there is none, for its owner only: it holds numbers and digits.
 * Returns its absolute path without links, or of one in memory the name it got; to be
 * freed. NULL with *error. */
char *database_file(const char *path, struct error *error);

/* Opens the file for writing; changes nothing in it. NULL with *error. */
sqlite3 *database_open(const char *path, struct error *error);

/* Opens a file that is there, for reading only. NULL with *error. */
sqlite3 *database_look(const char *path, struct error *error);

/* WAL, every commit synced, foreign keys kept. False with *error. */
bool database_tune(sqlite3 *db, struct error *error);

/* Runs statements whose rows nobody wants. False with *error. */
bool database_run(sqlite3 *db, const char *sql, struct error *error);

/* The first column of a query's first row. False with *error. */
bool database_number(sqlite3 *db, const char *sql, int64_t *number, struct error *error);

/* Says in *error why the connection's last call failed and what may help; false. */
bool database_fault(sqlite3 *db, struct error *error);

#endif
