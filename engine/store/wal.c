#include "store/wal.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY = 1 << 16 };

/* The methods of SQLite's file object are replaced by these: writes that follow on one
 * another are kept until somebody wants to see them in the file. SQLite syncs it before
 * it tells other connections of a commit. */
struct wal {
  sqlite3_io_methods methods; /* what the file points to */
  const sqlite3_io_methods *plain;
  sqlite3_int64 start; /* where in the file the bytes belong */
  int length;
  char bytes[CAPACITY];
};

static struct wal *wal_of(sqlite3_file *file) {
  return (struct wal *)file->pMethods;
}

/* What cannot be written is lost, as the transaction is that is told of it. */
static int flush(sqlite3_file *file) {
  struct wal *wal = wal_of(file);
  int length = wal->length;
  wal->length = 0;
  return length ? wal->plain->xWrite(file, wal->bytes, length, wal->start) : SQLITE_OK;
}

static int gather(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at) {
  struct wal *wal = wal_of(file);
  if (at != wal->start + wal->length || length > CAPACITY - wal->length) {
    int code = flush(file);
    if (code != SQLITE_OK) return code;
    wal->start = at;
  }
  if (length > CAPACITY) return wal->plain->xWrite(file, bytes, length, at);
  memcpy(wal->bytes + wal->length, bytes, (size_t)length);
  wal->length += length;
  return SQLITE_OK;
}

static int read_back(sqlite3_file *file, void *bytes, int length, sqlite3_int64 at) {
  int code = flush(file);
  return code == SQLITE_OK ? wal_of(file)->plain->xRead(file, bytes, length, at) : code;
}

static int truncate_to(sqlite3_file *file, sqlite3_int64 size) {
  int code = flush(file);
  return code == SQLITE_OK ? wal_of(file)->plain->xTruncate(file, size) : code;
}

static int sync_all(sqlite3_file *file, int flags) {
  int code = flush(file);
  return code == SQLITE_OK ? wal_of(file)->plain->xSync(file, flags) : code;
}

static int measure(sqlite3_file *file, sqlite3_int64 *size) {
  int code = flush(file);
  return code == SQLITE_OK ? wal_of(file)->plain->xFileSize(file, size) : code;
}

static int close_plain(sqlite3_file *file) {
  struct wal *wal = wal_of(file);
  int flushed = flush(file);
  file->pMethods = wal->plain;
  free(wal);
  int closed = file->pMethods->xClose(file);
  return flushed == SQLITE_OK ? closed : flushed;
}

static sqlite3_file *log_of(sqlite3 *db) {
  sqlite3_file *file = NULL;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
  return file;
}

void wal_forget(sqlite3 *db) {
  sqlite3_file *file = log_of(db);
  if (file && file->pMethods && file->pMethods->xWrite == gather)
    wal_of(file)->length = 0;
}

void wal_gather(sqlite3 *db) {
  sqlite3_file *file = log_of(db);
  struct wal *wal = file && file->pMethods ? malloc(sizeof *wal) : NULL;
  if (!wal) return;
  wal->methods = *file->pMethods;
  wal->methods.xClose = close_plain;
  wal->methods.xRead = read_back;
  wal->methods.xWrite = gather;
  wal->methods.xTruncate = truncate_to;
  wal->methods.xSync = sync_all;
  wal->methods.xFileSize = measure;
  wal->plain = file->pMethods;
  wal->start = 0;
  wal->length = 0;
  file->pMethods = &wal->methods;
}
