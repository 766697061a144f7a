#include "store/batch.h"

#include "folder.h"

struct listener {
  struct batch *batch;
  char told[16];      /* the letters of the syncs in the order they were called */
  struct error error; /* the last one's */
};

/* One function for each letter, so that the order can be seen. */
static void hear(struct listener *listener, char letter, const struct error *error) {
  listener->told[strlen(listener->told)] = letter;
  if (error) listener->error = *error;
}

static void hear_a(void *context, const struct error *error) {
  hear(context, 'a', error);
}

static void hear_b(void *context, const struct error *error) {
  hear(context, 'b', error);
}

static void ask_on(void *context, const struct error *error) {
  struct listener *listener = context;
  hear(listener, '+', error);
  assert_true(batch_sync(listener->batch, hear_a, listener));
}

static void tells_in_order_and_once(void **state) {
  (void)state;
  struct batch batch;
  struct listener listener = {0};
  batch_init(&batch);
  assert_true(batch_is_empty(&batch));
  assert_true(batch_sync(&batch, hear_b, &listener));
  assert_true(batch_sync(&batch, hear_a, &listener));
  assert_false(batch_is_empty(&batch));
  assert_true(batch_settle_one(&batch, NULL));
  assert_string_equal(listener.told, "b");
  assert_true(batch_settle_one(&batch, NULL));
  assert_string_equal(listener.told, "ba");
  assert_false(batch_settle_one(&batch, NULL));
  assert_string_equal(listener.error.code, "");
}

static void hands_the_error_on(void **state) {
  (void)state;
  struct batch batch;
  struct listener listener = {0};
  struct error error;
  error_set(&error, "store", "the disk is full");
  batch_init(&batch);
  assert_true(batch_sync(&batch, hear_a, &listener));
  assert_true(batch_settle_one(&batch, &error));
  assert_string_equal(listener.error.message, "the disk is full");
}

static void one_that_is_told_may_ask_again(void **state) {
  (void)state;
  struct batch batch;
  struct listener listener = {.batch = &batch};
  batch_init(&batch);
  assert_true(batch_sync(&batch, ask_on, &listener));
  assert_true(batch_settle_one(&batch, NULL));
  assert_string_equal(listener.told, "+");
  assert_false(batch_is_empty(&batch));
  assert_true(batch_settle_one(&batch, NULL));
  assert_string_equal(listener.told, "+a");
}

static void moves_rows_syncs_and_refusal(void **state) {
  (void)state;
  struct batch batch, more;
  struct listener listener = {0};
  batch_init(&batch);
  batch_init(&more);
  assert_true(batch_sync(&batch, hear_a, &listener));
  assert_true(batch_sync(&more, hear_b, &listener));
  rows_push(&more.rows, row_of_run(&(struct store_run){.id = "r1"}));
  error_set(&more.refused, "store", "no memory");
  batch_move(&batch, &more);
  assert_true(batch_is_empty(&more));
  assert_string_equal(more.refused.code, "");
  batch_move(&batch, &more);
  assert_int_equal(batch.rows.count, 1);
  assert_string_equal(batch.refused.message, "no memory");
  while (batch_settle_one(&batch, NULL)) continue;
  assert_string_equal(listener.told, "ab");
  batch_free(&batch);
}

static void freed_it_tells_nobody(void **state) {
  (void)state;
  struct batch batch;
  struct listener listener = {0};
  batch_init(&batch);
  rows_push(&batch.rows, row_of_run(&(struct store_run){.id = "r1"}));
  assert_true(batch_sync(&batch, hear_a, &listener));
  batch_free(&batch);
  assert_true(batch_is_empty(&batch));
  assert_string_equal(listener.told, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tells_in_order_and_once),
      cmocka_unit_test(hands_the_error_on),
      cmocka_unit_test(one_that_is_told_may_ask_again),
      cmocka_unit_test(moves_rows_syncs_and_refusal),
      cmocka_unit_test(freed_it_tells_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
