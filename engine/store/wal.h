/* SQLite writes its write-ahead log page by page, two calls each. Gathered, all pages of
 * a transaction reach the file in a few. */
#ifndef STORE_WAL_H
#define STORE_WAL_H

#include <sqlite3.h>

/* From now on the connection's log is written so, as long as it is open; every commit has
 * to be synced (synchronous = FULL). No memory for it only costs time. */
void wal_gather(sqlite3 *db);

/* After a rollback: what was gathered must not be written over what others write there.
 */
void wal_forget(sqlite3 *db);

#endif
