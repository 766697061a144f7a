#include "store/schema.h"

#include "folder.h"
#include "store/database.h"

/* Every test opens its own folder's file, after `sql` has been run on it. */
static sqlite3 *given(struct folder *folder, const char *sql) {
  run_outside(folder->path, sql);
  return outsider(folder->path);
}

static void refuses(struct folder *folder, const char *sql, const char *why) {
  sqlite3 *db = given(folder, sql);
  assert_false(schema_recognise(db, &folder->error));
  says(&folder->error, folder->path);
  says(&folder->error, why);
  sqlite3_close(db);
}

static void brings_an_empty_file_to_the_newest_version(void **state) {
  struct folder *folder = *state;
  sqlite3 *db = given(folder, "");
  assert_true(schema_recognise(db, &folder->error));
  assert_true(schema_advance(db, &folder->error));
  sqlite3_close(db);
  assert_string_equal(look(folder->path, "PRAGMA application_id"), "1869968484");
  assert_string_not_equal(look(folder->path, "PRAGMA user_version"), "0");
  assert_string_equal(look(folder->path,
                           "SELECT group_concat(name) FROM (SELECT name FROM"
                           " sqlite_schema WHERE type = 'table'"
                           " ORDER BY name)"),
                      "call,event,live,op,request,run,script");
  assert_string_equal(look(folder->path,
                           "SELECT group_concat(name) FROM (SELECT name FROM"
                           " sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
                           " ORDER BY name)"),
                      "call_reference,call_run,call_token,live_name,request_run,"
                      "run_created,run_finished,run_wake");
}

static void knows_its_own_files_and_keeps_their_rows(void **state) {
  struct folder *folder = *state;
  sqlite3 *db = given(folder, "");
  assert_true(schema_advance(db, &folder->error));
  sqlite3_close(db);
  db = given(folder, "INSERT INTO run (id, flow, state) VALUES ('r', 'pin', 'running')");
  assert_true(schema_recognise(db, &folder->error));
  assert_true(schema_advance(db, &folder->error));
  sqlite3_close(db);
  assert_string_equal(look(folder->path, "SELECT id FROM run"), "r");
}

static void leaves_tables_of_others_alone(void **state) {
  struct folder *folder = *state;
  refuses(folder, "CREATE TABLE recipes (cake TEXT)", "belongs to another program");
  assert_string_equal(look(folder->path, "PRAGMA journal_mode"), "delete");
}

static void leaves_files_with_another_application_id_alone(void **state) {
  refuses(*state, "PRAGMA application_id = 252006674", "belongs to another program");
}

static void leaves_versioned_files_of_others_alone(void **state) {
  refuses(*state, "PRAGMA user_version = 1", "belongs to another program");
}

static void refuses_a_newer_version(void **state) {
  refuses(*state, "PRAGMA application_id = 1869968484; PRAGMA user_version = 1000",
          "is of version 1000, this program knows up to");
}

static void refuses_a_version_that_never_was(void **state) {
  refuses(*state, "PRAGMA application_id = 1869968484; PRAGMA user_version = -1",
          "is of version -1");
}

static void a_step_that_fails_changes_nothing(void **state) {
  struct folder *folder = *state;
  sqlite3 *db = given(folder,
                      "PRAGMA application_id = 1869968484;"
                      "CREATE TABLE event (x)");
  assert_true(schema_recognise(db, &folder->error));
  assert_false(schema_advance(db, &folder->error));
  says(&folder->error, "table event already exists");
  sqlite3_close(db);
  assert_string_equal(look(folder->path, "PRAGMA user_version"), "0");
  assert_string_equal(look(folder->path, "SELECT group_concat(name) FROM sqlite_schema"),
                      "event");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(brings_an_empty_file_to_the_newest_version,
                                      folder_set_up, folder_tear_down),
      cmocka_unit_test_setup_teardown(knows_its_own_files_and_keeps_their_rows,
                                      folder_set_up, folder_tear_down),
      cmocka_unit_test_setup_teardown(leaves_tables_of_others_alone, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(leaves_files_with_another_application_id_alone,
                                      folder_set_up, folder_tear_down),
      cmocka_unit_test_setup_teardown(leaves_versioned_files_of_others_alone,
                                      folder_set_up, folder_tear_down),
      cmocka_unit_test_setup_teardown(refuses_a_newer_version, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(refuses_a_version_that_never_was, folder_set_up,
                                      folder_tear_down),
      cmocka_unit_test_setup_teardown(a_step_that_fails_changes_nothing, folder_set_up,
                                      folder_tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
