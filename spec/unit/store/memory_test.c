/* A store in memory: engine/store/database.c and lock.c where the path is no file. */
#include "store/look.h"
#include "store/writer.h"

#include "bench.h"

static const char *const all[] = {"", "", "10", "", NULL};

static struct writer *opened(const char *path) {
  struct error error;
  struct writer *writer = writer_open(path, &error);
  if (!writer) fail_msg("%s", error.message);
  return writer;
}

static void write_run(struct writer *writer, const char *id) {
  struct error error;
  struct rows rows;
  rows_init(&rows);
  rows_push(&rows, row_of_run(&(struct store_run){
                       .id = id, .flow = "pin", .state = "failed", .created = 5}));
  assert_true(writer_write(writer, &rows, &error, &error));
  rows_free(&rows);
}

static bool has_run(const char *path, const char *id) {
  struct error error;
  char *json = NULL;
  struct look *look = look_open(path, &error);
  assert_non_null(look);
  assert_true(look_ask(look, STORE_RUNS, all, &json, &error));
  look_close(look);
  bool found = strstr(json, id) != NULL;
  free(json);
  return found;
}

static void is_seen_by_whoever_knows_its_name(void **state) {
  (void)state;
  struct writer *one = opened("memory:one"), *other = opened("memory:other");
  write_run(one, "run000000001");
  assert_true(has_run("memory:one", "run000000001"));
  assert_false(has_run("memory:other", "run000000001"));
  writer_close(one);
  writer_close(other);
}

static void is_gone_when_it_is_closed(void **state) {
  (void)state;
  struct error error;
  struct writer *writer = opened("memory:short");
  write_run(writer, "run000000001");
  writer_close(writer);
  assert_null(look_open("memory:short", &error));
  writer = opened("memory:short");
  assert_false(has_run("memory:short", "run000000001"));
  writer_close(writer);
}

static void has_one_engine_at_a_time(void **state) {
  (void)state;
  struct error error;
  struct writer *writer = opened("memory:mine");
  assert_null(writer_open("memory:mine", &error));
  says(&error, "in use by another engine");
  writer_close(writer);
  writer_close(opened("memory:mine"));
}

static void without_a_name_is_another_each_time(void **state) {
  (void)state;
  struct writer *one = opened("memory:"), *other = opened("memory:");
  assert_string_not_equal(writer_path(one), writer_path(other));
  writer_close(one);
  writer_close(other);
}

static void refuses_a_name_that_is_more_than_a_name(void **state) {
  (void)state;
  struct error error;
  assert_null(writer_open("memory:../x", &error));
  says(&error, "'../x'");
  assert_null(
      writer_open("memory:0123456789012345678901234567890123456789"
                  "0123456789012345678901234567890123456789",
                  &error));
  says(&error, "up to 64 letters");
}

static void leaves_no_file(void **state) {
  (void)state;
  struct writer *writer = opened("memory:traceless");
  write_run(writer, "run000000001");
  assert_false(exists("memory:traceless", ""));
  assert_false(exists("memory:traceless", "-lock"));
  assert_false(exists("/outdial-traceless", ""));
  writer_close(writer);
}

struct answer {
  int answers;
  bool found;
};

static void answered(void *context, const char *json, const struct error *error) {
  struct answer *answer = context;
  assert_null(error);
  answer->answers++;
  answer->found = json && strstr(json, "run000000001");
}

static void serves_an_engine_like_a_file(void **state) {
  struct bench *bench = *state;
  store_close(bench->store);
  struct answer answer = {0};
  bench->store =
      store_open(bench->loop, "memory:served", &bench->log, &bench->folder.error);
  assert_non_null(bench->store);
  store_run(bench->store,
            &(struct store_run){
                .id = "run000000001", .flow = "pin", .state = "running", .created = 1});
  const char *const values[] = {"run000000001", NULL};
  assert_true(store_ask(bench->store, STORE_RUN, values, answered, &answer));
  while (!answer.answers) ev_run(bench->loop, EVRUN_ONCE);
  assert_true(answer.found);
  assert_string_equal(outcome(bench)->code, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_seen_by_whoever_knows_its_name),
      cmocka_unit_test(is_gone_when_it_is_closed),
      cmocka_unit_test(has_one_engine_at_a_time),
      cmocka_unit_test(without_a_name_is_another_each_time),
      cmocka_unit_test(refuses_a_name_that_is_more_than_a_name),
      cmocka_unit_test(leaves_no_file),
      cmocka_unit_test_setup_teardown(serves_an_engine_like_a_file, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
