/* New runs begin one after the other, in their order. */
#include "life.h"

enum { RUNS = 6 };

static void one_begins_in_a_turn_that_has_no_more_time(void **state) {
  struct life *life = *state;
  gate.each = 1;
  for (int i = 0; i < RUNS; i++) start(life, "rests", NULL);
  assert_int_equal(life->asked, 0);
  for (int before = 0; life->asked < RUNS; before = life->asked) {
    assert_true(runs_are_busy(life->runs));
    turn(life);
    assert_in_range(life->asked - before, 0, 1);
  }
  until(life, in_memory(life) == 0);
  assert_false(runs_are_busy(life->runs));
  pass_time(life, MINUTE);
  until(life, life->finished == RUNS);
}

static void done(void *context, const struct error *error) {
  assert_null(error);
  (*(int *)context)++;
}

static void one_that_is_canceled_first_never_begins(void **state) {
  struct life *life = *state;
  char run[ID_RUN_SIZE];
  int canceled = 0;
  start(life, "rests", NULL);
  start(life, "rests", run);
  runs_cancel(life->runs, run, done, &canceled);
  until(life, canceled && life->finished == 1);
  until(life, in_memory(life) == 0);
  assert_int_equal(life->asked, 1);
  pass_time(life, MINUTE);
  until(life, life->finished == 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(one_begins_in_a_turn_that_has_no_more_time),
      TEST(one_that_is_canceled_first_never_begins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
