#include "store/writer.h"

#include "folder.h"

struct bench {
  struct folder folder;
  struct writer *writer;
  struct rows rows;
  struct error failed, refused;
};

static int set_up(void **state) {
  static struct bench bench;
  bench = (struct bench){0};
  folder_make(&bench.folder);
  rows_init(&bench.rows);
  bench.writer = writer_open(bench.folder.path, &bench.folder.error);
  *state = &bench;
  return bench.writer ? 0 : -1;
}

static int tear_down(void **state) {
  struct bench *bench = *state;
  unlimit_files();
  rows_free(&bench->rows);
  writer_close(bench->writer);
  folder_remove(&bench->folder);
  return 0;
}

/* So many scripts, each so large. */
static void add_scripts(struct bench *bench, int count, size_t size) {
  char hash[16], *source = calloc(1, size + 1);
  assert_non_null(source);
  memset(source, 'x', size);
  for (int i = 0; i < count; i++) {
    snprintf(hash, sizeof hash, "h%d", i);
    struct store_script script = {.hash = hash,
                                  .kind = "flow",
                                  .name = "pin",
                                  .source = source,
                                  .source_length = size};
    rows_push(&bench->rows, row_of_script(&script));
  }
  free(source);
}

static bool write_rows(struct bench *bench) {
  return writer_write(bench->writer, &bench->rows, &bench->failed, &bench->refused);
}

static void knows_its_files_absolute_path(void **state) {
  struct bench *bench = *state;
  assert_string_equal(writer_path(bench->writer), bench->folder.path);
}

static void writes_all_or_nothing(void **state) {
  struct bench *bench = *state;
  add_scripts(bench, 200, 100000);
  limit_files(10 << 20);
  assert_false(write_rows(bench));
  says(&bench->failed, "disk I/O error");
  assert_string_equal(look(bench->folder.path, "SELECT count(*) FROM script"), "0");
  unlimit_files();
  assert_true(write_rows(bench));
  assert_string_equal(look(bench->folder.path, "SELECT count(*) FROM script"), "200");
}

/* SQLite ends a transaction by itself when the disk fails, but not for every error. */
static void a_table_that_is_taken_away_leaves_nothing_half_done(void **state) {
  struct bench *bench = *state;
  add_scripts(bench, 2, 1);
  struct store_run run = {.id = "r1", .flow = "pin", .state = "running"};
  rows_push(&bench->rows, row_of_run(&run));
  run_outside(bench->folder.path, "ALTER TABLE run RENAME TO aside");
  assert_false(write_rows(bench));
  says(&bench->failed, "no such table");
  assert_string_equal(look(bench->folder.path, "SELECT count(*) FROM script"), "0");
  run_outside(bench->folder.path, "ALTER TABLE aside RENAME TO run");
  assert_true(write_rows(bench));
  assert_string_equal(look(bench->folder.path, "SELECT count(*) FROM script"), "2");
}

/* Much of it was on its way into the WAL, and what others wrote since is there now. */
static void what_was_taken_back_is_not_written_over_what_others_wrote(void **state) {
  struct bench *bench = *state;
  add_scripts(bench, 100, 100000);
  struct store_run run = {.id = "r1", .flow = "pin", .state = "running"};
  rows_push(&bench->rows, row_of_run(&run));
  run_outside(bench->folder.path,
              "ALTER TABLE run RENAME TO aside;"
              "PRAGMA wal_checkpoint(TRUNCATE)");
  assert_false(write_rows(bench));
  run_outside(bench->folder.path,
              "PRAGMA wal_autocheckpoint = 0; ALTER TABLE aside RENAME TO run;"
              "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n"
              " WHERE i < 50) INSERT INTO script (hash, kind, name, source)"
              " SELECT 'own' || i, 'flow', 'own', hex(randomblob(100000)) FROM n");
  rows_free(&bench->rows);
  add_scripts(bench, 1, 1);
  assert_true(write_rows(bench));
  assert_string_equal(look(bench->folder.path, "PRAGMA integrity_check"), "ok");
  assert_string_equal(look(bench->folder.path, "SELECT count(*) FROM script"), "51");
}

static void writing_again_changes_nothing(void **state) {
  struct bench *bench = *state;
  add_scripts(bench, 3, 1);
  assert_true(write_rows(bench));
  assert_true(write_rows(bench));
  assert_string_equal(look(bench->folder.path, "SELECT count(*) FROM script"), "3");
}

static void leaves_out_what_breaks_a_rule(void **state) {
  struct bench *bench = *state;
  struct store_op orphan = {.run = "no such run", .seq = 1, .op = "now"};
  rows_push(&bench->rows, row_of_op(&orphan));
  add_scripts(bench, 2, 1);
  assert_true(write_rows(bench));
  says(&bench->refused, "refused a row of its table op: FOREIGN KEY constraint failed");
  assert_string_equal(bench->failed.code, "");
  assert_string_equal(look(bench->folder.path, "SELECT count(*) FROM script"), "2");
}

static void the_sooner_a_checkpoint_the_idler(void **state) {
  struct bench *bench = *state;
  assert_false(writer_wants_checkpoint(bench->writer, true));
  add_scripts(bench, 1, 17 << 20);
  assert_true(write_rows(bench));
  assert_true(writer_wants_checkpoint(bench->writer, true));
  assert_false(writer_wants_checkpoint(bench->writer, false));
  writer_checkpoint(bench->writer);
  assert_false(writer_wants_checkpoint(bench->writer, true));
}

static void even_work_does_not_put_a_checkpoint_off_for_ever(void **state) {
  struct bench *bench = *state;
  add_scripts(bench, 14, 5 << 20);
  assert_true(write_rows(bench));
  assert_true(writer_wants_checkpoint(bench->writer, false));
}

/* After all was carried over the WAL begins anew, and is counted anew. */
static void a_second_wal_is_carried_over_too(void **state) {
  struct bench *bench = *state;
  add_scripts(bench, 1, 18 << 20);
  assert_true(write_rows(bench));
  writer_checkpoint(bench->writer);
  rows_free(&bench->rows);

  struct store_script script = {.hash = "other", .kind = "flow", .name = "pin"};
  char *source = calloc(1, 17 << 20);
  assert_non_null(source);
  script.source = source;
  script.source_length = 17 << 20;
  rows_push(&bench->rows, row_of_script(&script));
  free(source);
  assert_true(write_rows(bench));
  assert_true(writer_wants_checkpoint(bench->writer, true));
}

static void refuses_a_file_that_is_in_use(void **state) {
  struct bench *bench = *state;
  assert_null(writer_open(bench->folder.path, &bench->folder.error));
  says(&bench->folder.error, "in use by another engine");
  add_scripts(bench, 1, 1);
  assert_true(write_rows(bench));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(knows_its_files_absolute_path),
      TEST(writes_all_or_nothing),
      TEST(a_table_that_is_taken_away_leaves_nothing_half_done),
      TEST(what_was_taken_back_is_not_written_over_what_others_wrote),
      TEST(writing_again_changes_nothing),
      TEST(leaves_out_what_breaks_a_rule),
      TEST(the_sooner_a_checkpoint_the_idler),
      TEST(even_work_does_not_put_a_checkpoint_off_for_ever),
      TEST(a_second_wal_is_carried_over_too),
      TEST(refuses_a_file_that_is_in_use),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
