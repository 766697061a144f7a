#include "store/look.h"

#include "store/writer.h"

#include "folder.h"

static const char *const nothing[] = {"", "", "10", "", NULL};

/* A store with a run, as an engine that still works on it would leave it. */
static struct writer *busy_engine(struct folder *folder) {
  struct error error;
  struct writer *writer = writer_open(folder->path, &error);
  assert_non_null(writer);
  struct rows rows;
  rows_init(&rows);
  rows_push(&rows, row_of_run(&(struct store_run){
                       .id = "run000000001",
                       .flow = "pin",
                       .state = "failed",
                       .error = "{\"code\":\"busy\"}",
                       .created = 5,
                   }));
  assert_true(writer_write(writer, &rows, &error, &error));
  rows_free(&rows);
  return writer;
}

static char *runs_of(const char *path) {
  struct error error;
  char *json = NULL;
  struct look *look = look_open(path, &error);
  assert_non_null(look);
  assert_true(look_ask(look, STORE_RUNS, nothing, &json, &error));
  look_close(look);
  return json;
}

static const char one_run[] =
    "[{\"run\":\"run000000001\",\"flow\":\"pin\",\"version\":null,\"state\":\"failed\","
    "\"created\":5,\"finished\":null,\"error\":{\"code\":\"busy\"},\"waiting\":null,"
    "\"call\":null}]";

static void reads_while_an_engine_works(void **state) {
  struct folder *folder = *state;
  struct writer *writer = busy_engine(folder);
  char *json = runs_of(folder->path);
  assert_string_equal(json, one_run);
  free(json);
  writer_close(writer);
  json = runs_of(folder->path);
  assert_string_equal(json, one_run);
  free(json);
}

static void pages_by_the_last_run(void **state) {
  struct folder *folder = *state;
  struct error error;
  writer_close(busy_engine(folder));
  run_outside(folder->path,
              "INSERT INTO run (id, flow, state, created) VALUES"
              " ('run000000002', 'pin', 'running', 5),"
              " ('run000000003', 'deliver', 'running', 9)");
  const char *const values[] = {"", "", "1", "run000000003", NULL};
  struct look *look = look_open(folder->path, &error);
  char *json = NULL;
  assert_true(look_ask(look, STORE_RUNS, values, &json, &error));
  assert_non_null(strstr(json, "run000000002"));
  assert_null(strstr(json, "run000000001"));
  free(json);
  look_close(look);
}

static void says_that_nothing_is_there(void **state) {
  struct folder *folder = *state;
  struct error error;
  assert_null(look_open(folder->path, &error));
  says(&error, "No such file");
  assert_false(exists(folder->path, ""));
}

static void refuses_what_is_not_ours_or_not_of_now(void **state) {
  struct folder *folder = *state;
  struct error error;
  run_outside(folder->path, "CREATE TABLE other (x)");
  assert_null(look_open(folder->path, &error));
  says(&error, "belongs to another program");
  unlink(folder->path);
  writer_close(busy_engine(folder));
  run_outside(folder->path, "PRAGMA user_version = 1");
  assert_null(look_open(folder->path, &error));
  says(&error, "earlier version");
}

static void copies_while_an_engine_works(void **state) {
  struct folder *folder = *state;
  struct error error;
  char copy[96];
  snprintf(copy, sizeof copy, "%s/copy.db", folder->name);
  struct writer *writer = busy_engine(folder);
  struct look *look = look_open(folder->path, &error);
  assert_true(look_copy(look, copy, &error));
  look_close(look);
  writer_close(writer);
  assert_int_equal(mode_of(copy, ""), 0600);
  assert_false(exists(copy, "-wal"));
  char *json = runs_of(copy);
  assert_string_equal(json, one_run);
  free(json);
}

static void overwrites_nothing(void **state) {
  struct folder *folder = *state;
  struct error error;
  writer_close(busy_engine(folder));
  struct look *look = look_open(folder->path, &error);
  assert_false(look_copy(look, folder->path, &error));
  assert_string_equal(error.code, "usage");
  assert_non_null(strstr(error.message, "nothing is overwritten"));
  look_close(look);
  free(runs_of(folder->path));
}

static void leaves_no_half_copy(void **state) {
  struct folder *folder = *state;
  struct error error;
  char copy[96];
  snprintf(copy, sizeof copy, "%s/copy.db", folder->name);
  writer_close(busy_engine(folder));
  struct look *look = look_open(folder->path, &error);
  limit_files(8192);
  bool copied = look_copy(look, copy, &error);
  unlimit_files();
  assert_false(copied);
  says(&error, "");
  look_close(look);
  assert_false(exists(copy, ""));
}

int main(void) {
#define FOLDER_TEST(test)                                                                \
  cmocka_unit_test_setup_teardown(test, folder_set_up, folder_tear_down)
  const struct CMUnitTest tests[] = {
      FOLDER_TEST(reads_while_an_engine_works),
      FOLDER_TEST(pages_by_the_last_run),
      FOLDER_TEST(says_that_nothing_is_there),
      FOLDER_TEST(refuses_what_is_not_ours_or_not_of_now),
      FOLDER_TEST(copies_while_an_engine_works),
      FOLDER_TEST(overwrites_nothing),
      FOLDER_TEST(leaves_no_half_copy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
