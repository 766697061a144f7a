#include "store/database.h"

#include "base/id.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 1000 }; /* how long to wait for somebody else's transaction */

static const char memory[] = "memory:";

enum { MEMORY_NAME = 64 };

bool database_in_memory(const char *path) {
  return strncmp(path, memory, sizeof memory - 1) == 0;
}

static char *name_memory(const char *path, struct error *error) {
  static const char allowed[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
      "0123456789-_";
  const char *name = path + sizeof memory - 1;
  char token[ID_TOKEN_SIZE], *real = NULL;
  size_t length = strlen(name);
  if (strspn(name, allowed) != length || length > MEMORY_NAME) {
    error_set(error, "store",
              "the name of a store in memory has up to %d letters, digits, '-' and '_', "
              "unlike '%.80s'",
              MEMORY_NAME, name);
    return NULL;
  }
  if (!length && id_token(token)) name = token;
  if (asprintf(&real, "%s%s", memory, name) >= 0) return real;
  error_set(error, "store", "out of memory for a store");
  return NULL;
}

/* SQLite shares such a database among the connections of a process that name it. */
static int open_memory(const char *path, sqlite3 **db, int flags) {
  char address[sizeof "file:/outdial-?vfs=memdb" + MEMORY_NAME];
  snprintf(address, sizeof address, "file:/outdial-%s?vfs=memdb",
           path + sizeof memory - 1);
  flags |= SQLITE_OPEN_URI;
  if (flags & SQLITE_OPEN_READWRITE) flags |= SQLITE_OPEN_CREATE;
  return sqlite3_open_v2(address, db, flags, NULL);
}

static int open_any(const char *path, sqlite3 **db, int flags) {
  if (database_in_memory(path)) return open_memory(path, db, flags);
  return sqlite3_open_v2(path, db, flags, NULL);
}

char *database_file(const char *path, struct error *error) {
  if (database_in_memory(path)) return name_memory(path, error);
  /* Only ever a new file: SQLite loses its locks on one that we open and close too. */
  int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) close(file);
  char *real = file >= 0 || errno == EEXIST ? realpath(path, NULL) : NULL;
  if (!real)
    error_set(error, "store",
              "cannot make the store %s: %s; its folder has to exist and be writable",
              path, strerror(errno));
  return real;
}

static const char *advice(int code) {
  switch (code & 0xff) {
  case SQLITE_FULL:
    return "; free some space";
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return "; another program is writing to it, close that one";
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_CANTOPEN:
    return "; look at the permissions of the file and of its folder";
  case SQLITE_NOTADB:
    return "; it is some other file, use another";
  case SQLITE_CORRUPT:
    return "; it is damaged, go back to a backup";
  case SQLITE_IOERR:
    return "; look at the disk";
  default:
    return "";
  }
}

bool database_fault(sqlite3 *db, struct error *error) {
  int code = sqlite3_extended_errcode(db);
  return error_set(error, "store", "cannot use the store %s: %s (SQLite's code %d)%s",
                   sqlite3_db_filename(db, "main"), sqlite3_errmsg(db), code,
                   advice(code));
}

sqlite3 *database_open(const char *path, struct error *error) {
  sqlite3 *db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  int code = open_any(path, &db, flags);
  if (code == SQLITE_OK) {
    sqlite3_busy_timeout(db, BUSY_MS);
    if (!sqlite3_db_readonly(db, "main")) return db;
    code = SQLITE_READONLY;
  }
  int number = db ? sqlite3_system_errno(db) : 0;
  error_set(error, "store", "cannot open the store %s: %s%s", path,
            number ? strerror(number) : sqlite3_errstr(code), advice(code));
  sqlite3_close(db);
  return NULL;
}

sqlite3 *database_look(const char *path, struct error *error) {
  sqlite3 *db = NULL;
  int code = open_any(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
  if (code == SQLITE_OK) {
    sqlite3_busy_timeout(db, BUSY_MS);
    return db;
  }
  int number = db ? sqlite3_system_errno(db) : 0;
  error_set(error, "store", "cannot read the store %s: %s", path,
            number ? strerror(number) : sqlite3_errstr(code));
  sqlite3_close(db);
  return NULL;
}

/* Twice SQLite's cache (KiB) has room for most of what a thousand calls that talk at once
 * change over and over. What has none is written and read again, several times a turn. */
bool database_tune(sqlite3 *db, struct error *error) {
  int64_t wal = 0;
  if (!database_run(db,
                    "PRAGMA journal_mode = WAL;"
                    "PRAGMA synchronous = FULL;"
                    "PRAGMA foreign_keys = ON;"
                    "PRAGMA cache_size = -4000;"
                    "PRAGMA journal_size_limit = 67108864",
                    error))
    return false;
  if (!database_number(
          db, "SELECT journal_mode IN ('wal', 'memory') FROM pragma_journal_mode", &wal,
          error))
    return false;
  if (wal) return true; /* in memory there is nothing to sync */
  return error_set(error, "store",
                   "cannot use the store %s: its file system has no shared memory for "
                   "SQLite's WAL; use a local disk",
                   sqlite3_db_filename(db, "main"));
}

bool database_run(sqlite3 *db, const char *sql, struct error *error) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK) return true;
  return database_fault(db, error);
}

bool database_number(sqlite3 *db, const char *sql, int64_t *number, struct error *error) {
  sqlite3_stmt *query = NULL;
  bool found = sqlite3_prepare_v2(db, sql, -1, &query, NULL) == SQLITE_OK &&
               sqlite3_step(query) == SQLITE_ROW;
  if (found)
    *number = sqlite3_column_int64(query, 0);
  else
    database_fault(db, error);
  sqlite3_finalize(query);
  return found;
}
