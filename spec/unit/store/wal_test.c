#include "store/wal.h"

#include "folder.h"
#include "store/database.h"

#include <fcntl.h>

/* How often SQLite wrote to a file. */
static int writes;

static ssize_t count_write(int file, const void *bytes, size_t length, off_t at) {
  writes++;
  return pwrite(file, bytes, length, at);
}

static void watch_writes(sqlite3_syscall_ptr instead) {
  sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
  vfs->xSetSystemCall(vfs, "pwrite", instead);
  vfs->xSetSystemCall(vfs, "pwrite64", instead);
  writes = 0;
}

static void run_sql(sqlite3 *db, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s", message);
}

/* A store's connection with a table of `page`s, each row of which takes one. */
static sqlite3 *open_gathered(struct folder *folder) {
  char *path = database_file(folder->path, &folder->error);
  assert_non_null(path);
  sqlite3 *db = database_open(path, &folder->error);
  free(path);
  assert_non_null(db);
  assert_true(database_tune(db, &folder->error));
  run_sql(db,
          "PRAGMA wal_autocheckpoint = 0;"
          "CREATE TABLE page (id INTEGER PRIMARY KEY, body TEXT)");
  wal_gather(db);
  return db;
}

#define FILL(count)                                                                      \
  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " #count    \
  ") INSERT INTO page SELECT i, hex(randomblob(1900)) FROM n"

static void many_pages_are_written_at_once(void **state) {
  struct folder *folder = *state;
  sqlite3 *db = open_gathered(folder);
  watch_writes((sqlite3_syscall_ptr)count_write);
  run_sql(db, FILL(10));
  assert_in_range(writes, 1, 2);
  assert_string_equal(look(folder->path, "SELECT count(*) FROM page"), "10");
  writes = 0;
  run_sql(db, "UPDATE page SET body = hex(randomblob(1900))");
  assert_int_equal(writes, 1);
  watch_writes(NULL);
  sqlite3_close(db);
}

/* With no room for them in memory, pages go to the log and are read back from it, and are
 * written there a second time, all within one transaction. */
static void pages_are_read_back_before_the_commit(void **state) {
  struct folder *folder = *state;
  sqlite3 *db = open_gathered(folder);
  run_sql(db, "PRAGMA cache_size = 10; BEGIN");
  run_sql(db, FILL(300));
  run_sql(db, "UPDATE page SET body = 'even' || substr(body, 5) WHERE id % 2 = 0");
  int64_t even = 0;
  const char *query = "SELECT count(*) FROM page WHERE substr(body, 1, 4) = 'even'";
  assert_true(database_number(db, query, &even, &folder->error));
  assert_int_equal(even, 150);
  assert_string_equal(look(folder->path, query), "0");
  run_sql(db, "COMMIT");
  assert_string_equal(look(folder->path, query), "150");
  assert_string_equal(look(folder->path, "PRAGMA integrity_check"), "ok");
  sqlite3_close(db);
}

static void what_was_rolled_back_is_never_seen(void **state) {
  struct folder *folder = *state;
  sqlite3 *db = open_gathered(folder);
  run_sql(db, "PRAGMA cache_size = 10; BEGIN");
  run_sql(db, FILL(100));
  run_sql(db, "ROLLBACK");
  run_sql(db, FILL(3));
  assert_string_equal(look(folder->path, "SELECT count(*) FROM page"), "3");
  assert_string_equal(look(folder->path, "PRAGMA integrity_check"), "ok");
  sqlite3_close(db);
  assert_string_equal(look(folder->path, "SELECT count(*) FROM page"), "3");
}

static void a_log_that_begins_anew_is_gathered_too(void **state) {
  struct folder *folder = *state;
  sqlite3 *db = open_gathered(folder);
  for (int i = 0; i < 3; i++) {
    run_sql(db, "DELETE FROM page");
    run_sql(db, FILL(40));
    assert_string_equal(look(folder->path, "SELECT count(*) FROM page"), "40");
    run_sql(db, "PRAGMA wal_checkpoint(RESTART)");
  }
  assert_string_equal(look(folder->path, "PRAGMA integrity_check"), "ok");
  sqlite3_close(db);
  assert_false(exists(folder->path, "-wal"));
}

static void a_disk_that_is_full_is_told_at_the_commit(void **state) {
  struct folder *folder = *state;
  sqlite3 *db = open_gathered(folder);
  limit_files(1 << 16);
  assert_int_equal(sqlite3_exec(db, FILL(40), NULL, NULL, NULL), SQLITE_IOERR);
  unlimit_files();
  assert_string_equal(look(folder->path, "SELECT count(*) FROM page"), "0");
  run_sql(db, FILL(40));
  assert_string_equal(look(folder->path, "SELECT count(*) FROM page"), "40");
  sqlite3_close(db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_set_up, folder_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(many_pages_are_written_at_once),
      TEST(pages_are_read_back_before_the_commit),
      TEST(what_was_rolled_back_is_never_seen),
      TEST(a_log_that_begins_anew_is_gathered_too),
      TEST(a_disk_that_is_full_is_told_at_the_commit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
