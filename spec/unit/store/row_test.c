#include "store/row.h"

#include "folder.h"

static struct row *row_named(const char *run) {
  struct store_op op = {.run = run, .seq = 1, .op = "now"};
  struct row *row = row_of_op(&op);
  assert_non_null(row);
  return row;
}

static bool is_named(const struct row *row, const char *run) {
  return row->values[0].length == strlen(run) &&
         memcmp(row->values[0].text, run, strlen(run)) == 0;
}

static void copies_what_it_is_given(void **state) {
  (void)state;
  char run[] = "r1";
  struct row *row = row_named(run);
  memset(run, '?', sizeof run);
  assert_true(is_named(row, "r1"));
  free(row);
}

static void tells_nothing_from_empty_and_no_time_from_a_time(void **state) {
  (void)state;
  struct store_script script = {.hash = "", .loaded = 0};
  struct row *row = row_of_script(&script);
  assert_int_equal(row->values[0].kind, VALUE_TEXT);
  assert_int_equal(row->values[0].length, 0);
  assert_int_equal(row->values[1].kind, VALUE_NULL);
  assert_int_equal(row->values[4].kind, VALUE_NULL);
  free(row);
  script.loaded = 5;
  row = row_of_script(&script);
  assert_int_equal(row->values[4].kind, VALUE_NUMBER);
  assert_int_equal(row->values[4].number, 5);
  free(row);
}

/* One value for each parameter, whatever the kind. */
static void values_fit_their_statement(void **state) {
  (void)state;
  struct row *rows[] = {
      row_of_script(&(struct store_script){0}),
      row_of_run(&(struct store_run){0}),
      row_of_op(&(struct store_op){0}),
      row_of_call(&(struct store_call){0}),
      row_of_event(&(struct store_event){0}),
      row_of_request(&(struct store_request){0}),
      row_of_live(&(struct store_live){0}),
      row_to_forget("r"),
  };
  for (size_t i = 0; i < ROW_KINDS; i++) {
    size_t parameters = 0;
    assert_int_equal(rows[i]->kind, i);
    for (const char *at = row_statement(rows[i]->kind); *at; at++)
      parameters += *at == '?';
    assert_int_equal(rows[i]->count, parameters);
    free(rows[i]);
  }
}

static void counts_the_memory_of_text(void **state) {
  (void)state;
  struct row *small = row_named("r"), *large = row_named("r234567890");
  assert_int_equal(large->size - small->size, 9);
  free(small);
  free(large);
}

static void lists_keep_order_and_sums(void **state) {
  (void)state;
  struct rows rows, more;
  rows_init(&rows);
  rows_init(&more);
  rows_move(&rows, &more);
  assert_null(rows.first);
  rows_push(&rows, row_named("r1"));
  rows_push(&more, row_named("r2"));
  rows_push(&more, row_named("r3"));
  size_t bytes = rows.bytes + more.bytes;
  rows_move(&rows, &more);
  rows_move(&rows, &more);
  rows_push(&rows, row_named("r4"));
  assert_int_equal(rows.count, 4);
  assert_true(rows.bytes > bytes);
  assert_int_equal(more.count, 0);
  assert_int_equal(more.bytes, 0);
  const char *const names[] = {"r1", "r2", "r3", "r4"};
  const struct row *row = rows.first;
  for (size_t i = 0; i < 4; i++, row = row->next) assert_true(is_named(row, names[i]));
  assert_null(row);
  rows_free(&rows);
  assert_null(rows.first);
  assert_int_equal(rows.count, 0);
  assert_int_equal(rows.bytes, 0);
}

static struct row *op_row(int seq, const char *result) {
  return row_of_op(
      &(struct store_op){.run = "r1", .seq = seq, .op = "now", .result = result});
}

static void an_op_that_ends_before_it_is_written_is_one_row(void **state) {
  (void)state;
  struct rows rows;
  rows_init(&rows);
  rows_push(&rows, op_row(1, NULL));
  rows_push(&rows, row_of_run(&(struct store_run){.id = "r1"}));
  size_t bytes = rows.bytes;
  rows_push(&rows, op_row(1, "[1]"));
  assert_int_equal(rows.count, 2);
  assert_true(rows.bytes > bytes);
  assert_int_equal(rows.first->kind, ROW_OP);
  assert_memory_equal(rows.first->values[6].text, "[1]", 3);
  rows_push(&rows, op_row(2, NULL));
  assert_int_equal(rows.count, 3);
  rows_free(&rows);
}

/* One thread may be reading what was moved. */
static void rows_that_were_moved_are_left_alone(void **state) {
  (void)state;
  struct rows rows, more;
  rows_init(&rows);
  rows_init(&more);
  rows_push(&more, op_row(1, NULL));
  rows_move(&rows, &more);
  rows_push(&more, op_row(1, "[1]"));
  assert_int_equal(more.count, 1);
  assert_int_equal(rows.first->values[6].kind, VALUE_NULL);
  rows_free(&rows);
  rows_free(&more);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(copies_what_it_is_given),
      cmocka_unit_test(tells_nothing_from_empty_and_no_time_from_a_time),
      cmocka_unit_test(values_fit_their_statement),
      cmocka_unit_test(counts_the_memory_of_text),
      cmocka_unit_test(lists_keep_order_and_sums),
      cmocka_unit_test(an_op_that_ends_before_it_is_written_is_one_row),
      cmocka_unit_test(rows_that_were_moved_are_left_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
