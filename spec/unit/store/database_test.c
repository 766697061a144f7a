#include "store/database.h"

#include "folder.h"

#include <fcntl.h>
#include <sys/wait.h>

static void write_file(const char *path, const char *text, unsigned mode) {
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
  assert_true(file >= 0);
  assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
  close(file);
  assert_int_equal(chmod(path, mode), 0);
}

static void makes_the_file_for_its_owner_only(void **state) {
  struct folder *folder = *state;
  mode_t before = umask(0);
  char *path = database_file(folder->path, &folder->error);
  umask(before);
  assert_string_equal(path, folder->path);
  assert_int_equal(mode_of(path, ""), 0600);
  free(path);
}

static void the_wal_is_for_its_owner_only_too(void **state) {
  struct folder *folder = *state;
  mode_t before = umask(0);
  free(database_file(folder->path, &folder->error));
  sqlite3 *db = database_open(folder->path, &folder->error);
  assert_true(database_tune(db, &folder->error));
  assert_true(database_run(db, "CREATE TABLE t (x)", &folder->error));
  umask(before);
  assert_int_equal(mode_of(folder->path, "-wal"), 0600);
  assert_int_equal(mode_of(folder->path, "-shm"), 0600);
  sqlite3_close(db);
}

static void leaves_a_file_that_is_there_alone(void **state) {
  struct folder *folder = *state;
  write_file(folder->path, "text", 0640);
  char *path = database_file(folder->path, &folder->error);
  assert_non_null(path);
  assert_int_equal(mode_of(path, ""), 0640);
  free(path);
}

/* Closing any descriptor of a file gives up all locks the process has on it. */
static void leaves_the_locks_on_a_file_alone(void **state) {
  struct folder *folder = *state;
  write_file(folder->path, "text", 0600);
  int file = open(folder->path, O_RDWR | O_CLOEXEC);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  assert_int_equal(fcntl(file, F_SETLK, &lock), 0);
  free(database_file(folder->path, &folder->error));
  pid_t child = fork();
  if (child == 0) _exit(fcntl(file, F_GETLK, &lock) || lock.l_type == F_UNLCK);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  close(file);
}

static void finds_the_file_behind_a_link(void **state) {
  struct folder *folder = *state;
  char link[128];
  snprintf(link, sizeof link, "%s/link.db", folder->name);
  write_file(folder->path, "", 0600);
  assert_int_equal(symlink("store.db", link), 0);
  char *path = database_file(link, &folder->error);
  assert_string_equal(path, folder->path);
  free(path);
}

static void tells_of_a_folder_that_is_not_there(void **state) {
  struct folder *folder = *state;
  char path[128];
  snprintf(path, sizeof path, "%s/absent/store.db", folder->name);
  assert_null(database_file(path, &folder->error));
  says(&folder->error, path);
  says(&folder->error, "No such file or directory");
}

static void tells_of_a_folder_that_is_read_only(void **state) {
  struct folder *folder = *state;
  assert_int_equal(chmod(folder->name, 0555), 0);
  drop_privilege();
  char *path = database_file(folder->path, &folder->error);
  regain_privilege();
  assert_null(path);
  says(&folder->error, folder->path);
  says(&folder->error, "Permission denied");
  assert_int_equal(chmod(folder->name, 0700), 0);
}

static void tells_of_a_file_that_is_read_only(void **state) {
  struct folder *folder = *state;
  write_file(folder->path, "", 0444);
  assert_int_equal(chmod(folder->name, 0755), 0);
  drop_privilege();
  sqlite3 *db = database_open(folder->path, &folder->error);
  regain_privilege();
  assert_null(db);
  says(&folder->error, folder->path);
  says(&folder->error, "look at the permissions");
}

static void tells_of_a_folder_in_place_of_a_file(void **state) {
  struct folder *folder = *state;
  assert_null(database_open(folder->name, &folder->error));
  says(&folder->error, "cannot open the store");
}

static void tells_of_a_file_that_is_no_database(void **state) {
  struct folder *folder = *state;
  write_file(folder->path, "This is a letter to my aunt, and not a store at all.\n",
             0600);
  sqlite3 *db = database_open(folder->path, &folder->error);
  assert_non_null(db);
  int64_t number;
  assert_false(database_number(db, "PRAGMA user_version", &number, &folder->error));
  says(&folder->error,
       "file is not a database (SQLite's code 26); it is some other file");
  sqlite3_close(db);
}

static void syncs_every_commit_and_keeps_foreign_keys(void **state) {
  struct folder *folder = *state;
  free(database_file(folder->path, &folder->error));
  sqlite3 *db = database_open(folder->path, &folder->error);
  assert_true(database_tune(db, &folder->error));
  int64_t synchronous, keys;
  assert_true(database_number(db, "PRAGMA synchronous", &synchronous, &folder->error));
  assert_true(database_number(db, "PRAGMA foreign_keys", &keys, &folder->error));
  assert_int_equal(synchronous, 2);
  assert_int_equal(keys, 1);
  assert_string_equal(look(folder->path, "PRAGMA journal_mode"), "wal");
  sqlite3_close(db);
}

static void tells_what_sqlite_says(void **state) {
  struct folder *folder = *state;
  free(database_file(folder->path, &folder->error));
  sqlite3 *db = database_open(folder->path, &folder->error);
  assert_false(database_run(db, "SELECT * FROM nowhere", &folder->error));
  says(&folder->error, folder->path);
  says(&folder->error, "no such table: nowhere");
  sqlite3_close(db);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(makes_the_file_for_its_owner_only, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(the_wal_is_for_its_owner_only_too, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(leaves_a_file_that_is_there_alone, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(leaves_the_locks_on_a_file_alone, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(finds_the_file_behind_a_link, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(tells_of_a_folder_that_is_not_there, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(tells_of_a_folder_that_is_read_only, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(tells_of_a_file_that_is_read_only, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(tells_of_a_folder_in_place_of_a_file, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(tells_of_a_file_that_is_no_database, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(syncs_every_commit_and_keeps_foreign_keys,
                                      folder_set_up, folder_tear_down),
      cmocka_unit_test_setup_teardown(tells_what_sqlite_says, folder_set_up,
                                      folder_tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
