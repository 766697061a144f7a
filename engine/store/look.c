#include "store/look.h"

#include "store/database.h"
#include "store/question.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct look {
  sqlite3 *db;
};

static bool is_there(const char *path, struct error *error) {
  if (database_in_memory(path) || access(path, R_OK) == 0) return true;
  return error_set(error, "store",
                   "cannot read the store %s: %s; --store says where it is", path,
                   strerror(errno));
}

struct look *look_open(const char *path, struct error *error) {
  if (!is_there(path, error)) return NULL;
  struct look *look = calloc(1, sizeof *look);
  if (!look) {
    error_set(error, "memory", "cannot read the store %s: out of memory", path);
    return NULL;
  }
  look->db = database_look(path, error);
  if (look->db && schema_recognise(look->db, error) && schema_is_current(look->db, error))
    return look;
  look_close(look);
  return NULL;
}

void look_close(struct look *look) {
  if (!look) return;
  sqlite3_close(look->db);
  free(look);
}

bool look_ask(struct look *look, enum store_question question, const char *const *values,
              char **json, struct error *error) {
  sqlite3_stmt *statement = question_prepare(look->db, question, error);
  bool answered = statement && question_ask(statement, values, json, error);
  sqlite3_finalize(statement);
  return answered;
}

/* --- a copy --- */

static bool make_file(const char *file, struct error *error) {
  int descriptor = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) return close(descriptor) == 0;
  bool there = errno == EEXIST;
  return error_set(error, there ? "usage" : "store", "cannot make %s: %s", file,
                   there ? "it is there already, and nothing is overwritten"
                         : strerror(errno));
}

/* All in one step: in between, somebody else's commit would make it begin anew. */
static bool copy_pages(sqlite3 *from, sqlite3 *to, struct error *error) {
  sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
  if (!backup) return database_fault(to, error);
  sqlite3_backup_step(backup, -1);
  if (sqlite3_backup_finish(backup) == SQLITE_OK) return true;
  return database_fault(to, error);
}

bool look_copy(struct look *look, const char *file, struct error *error) {
  if (!make_file(file, error)) return false;
  sqlite3 *copy = database_open(file, error);
  bool copied = copy && copy_pages(look->db, copy, error);
  if (sqlite3_close(copy) != SQLITE_OK) copied = false;
  if (!copied) unlink(file);
  return copied;
}
