#include "store/writer.h"

#include "base/fault.h"
#include "store/database.h"
#include "store/lock.h"
#include "store/schema.h"
#include "store/wal.h"

#include <stdlib.h>

/* In pages of 4 KiB. After a commit nobody waits for a checkpoint, but the next one does:
 * it is put off while there is work, up to a point. */
enum { CHECKPOINT_IDLE = 4000, CHECKPOINT_BUSY = 16000 };

struct writer {
  char *path;
  struct lock *lock;
  sqlite3 *db;
  sqlite3_stmt *begin, *commit, *rollback, *rows[ROW_KINDS];
  int pages;   /* in the WAL after the newest commit */
  int carried; /* of them when it was last checkpointed */
};

static int on_commit(void *context, sqlite3 *db, const char *name, int pages) {
  (void)db, (void)name;
  struct writer *writer = context;
  writer->pages = pages;
  if (pages < writer->carried) writer->carried = 0; /* the WAL began anew */
  return SQLITE_OK;
}

static bool prepare(struct writer *writer, const char *sql, sqlite3_stmt **statement,
                    struct error *error) {
  if (sqlite3_prepare_v3(writer->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement,
                         NULL) == SQLITE_OK)
    return true;
  return database_fault(writer->db, error);
}

static bool prepare_all(struct writer *writer, struct error *error) {
  for (enum row_kind kind = 0; kind < ROW_KINDS; kind++)
    if (!prepare(writer, row_statement(kind), &writer->rows[kind], error)) return false;
  return prepare(writer, "BEGIN IMMEDIATE", &writer->begin, error) &&
         prepare(writer, "COMMIT", &writer->commit, error) &&
         prepare(writer, "ROLLBACK", &writer->rollback, error);
}

static bool open_all(struct writer *writer, const char *path, struct error *error) {
  if (!(writer->path = database_file(path, error))) return false;
  if (!(writer->lock = lock_take(writer->path, error))) return false;
  if (!(writer->db = database_open(writer->path, error))) return false;
  if (!schema_recognise(writer->db, error)) return false;
  if (!database_tune(writer->db, error)) return false;
  if (!database_in_memory(writer->path)) wal_gather(writer->db);
  if (!schema_advance(writer->db, error)) return false;
  sqlite3_wal_hook(writer->db, on_commit, writer); /* in place of SQLite's own */
  return prepare_all(writer, error);
}

struct writer *writer_open(const char *path, struct error *error) {
  struct writer *writer = calloc(1, sizeof *writer);
  if (!writer) {
    error_set(error, "store", "cannot open the store %s: out of memory", path);
    return NULL;
  }
  if (open_all(writer, path, error)) return writer;
  writer_close(writer);
  return NULL;
}

const char *writer_path(const struct writer *writer) {
  return writer->path;
}

static int step(sqlite3_stmt *statement) {
  sqlite3_step(statement);
  return sqlite3_reset(statement);
}

static void bind(sqlite3_stmt *statement, const struct row *row) {
  for (size_t i = 0; i < row->count; i++) {
    const struct value *value = &row->values[i];
    int at = (int)i + 1;
    if (value->kind == VALUE_TEXT)
      sqlite3_bind_text64(statement, at, value->text, value->length, SQLITE_STATIC,
                          SQLITE_UTF8);
    else if (value->kind == VALUE_NUMBER)
      sqlite3_bind_int64(statement, at, value->number);
    else
      sqlite3_bind_null(statement, at);
  }
}

/* True also for a row that is refused: the others must not wait for it for ever. */
static bool write_row(struct writer *writer, const struct row *row, struct error *failed,
                      struct error *refused) {
  sqlite3_stmt *statement = writer->rows[row->kind];
  bind(statement, row);
  int code = step(statement) & 0xff;
  if (code == SQLITE_OK) return true;
  if (code != SQLITE_CONSTRAINT && code != SQLITE_TOOBIG && code != SQLITE_MISMATCH)
    return database_fault(writer->db, failed);
  error_set(refused, "store",
            "the store %s refused a row of its table %s: %s; this is a mistake in the "
            "engine, please report it",
            writer->path, row_table(row->kind), sqlite3_errmsg(writer->db));
  return true;
}

/* SQLite would go on writing to a file that nobody can find any more. */
static bool is_in_place(struct writer *writer, struct error *error) {
  int moved = 0;
  sqlite3_file_control(writer->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (!moved) return true;
  return error_set(error, "store",
                   "the store %s was moved or removed while in use; put it back",
                   writer->path);
}

bool writer_write(struct writer *writer, const struct rows *rows, struct error *failed,
                  struct error *refused) {
  if (!is_in_place(writer, failed)) return false;
  if (step(writer->begin) != SQLITE_OK) return database_fault(writer->db, failed);
  for (const struct row *row = rows->first; row; row = row->next)
    if (!write_row(writer, row, failed, refused)) goto fail;
  if (fault_fails("disk")) {
    error_set(failed, "store", "cannot use the store %s: a test has it fail",
              writer->path);
    goto fail;
  }
  fault_point("commit");
  if (step(writer->commit) == SQLITE_OK) {
    fault_point("committed");
    return true;
  }
  database_fault(writer->db, failed);
fail:
  if (!sqlite3_get_autocommit(writer->db)) step(writer->rollback);
  wal_forget(writer->db);
  return false;
}

bool writer_wants_checkpoint(const struct writer *writer, bool idle) {
  return writer->pages - writer->carried >= (idle ? CHECKPOINT_IDLE : CHECKPOINT_BUSY);
}

void writer_checkpoint(struct writer *writer) {
  /* A failure shows in the next commit; a reader in the way is no failure. */
  sqlite3_wal_checkpoint_v2(writer->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  writer->carried = writer->pages;
}

void writer_close(struct writer *writer) {
  if (!writer) return;
  for (enum row_kind kind = 0; kind < ROW_KINDS; kind++)
    sqlite3_finalize(writer->rows[kind]);
  sqlite3_finalize(writer->begin);
  sqlite3_finalize(writer->commit);
  sqlite3_finalize(writer->rollback);
  sqlite3_close(writer->db); /* checkpoints */
  lock_release(writer->lock);
  free(writer->path);
  free(writer);
}
