/* Runs that wait leave memory one after the other, and none is forgotten. */
#include "life.h"

enum { RUNS = 6 };

/* From now on as long a turn as none may take: one thing is done in each. */
static void be_slow(void) {
  gate.each = 1;
}

/* All have begun to sleep in one turn, and are due to be looked at in another. */
static void start_all(struct life *life, const char *const flows[], int count) {
  for (int i = 0; i < count; i++) start(life, flows[i], NULL);
  gate.closed = true;
  turn(life);
  wear_out();
  be_slow();
}

static void all_leave(struct life *life) {
  gate_open();
  until(life, in_memory(life) == 0);
}

static void one_is_looked_at_in_a_turn_that_has_no_more_time(void **state) {
  struct life *life = *state;
  const char *flows[RUNS] = {"rests", "rests", "rests", "rests", "rests", "rests"};
  start_all(life, flows, RUNS);
  for (int before = 0; gate.count < RUNS; before = gate.count) {
    turn(life);
    assert_in_range(gate.count - before, 0, 1);
  }
  all_leave(life);
  pass_time(life, MINUTE);
  until(life, life->finished == RUNS);
}

static const char turns[] = FLOW("outdial.sleep(1) outdial.sleep(60)");

static void one_that_goes_on_meanwhile_takes_nobody_with_it(void **state) {
  struct life *life = *state;
  const char *flows[RUNS] = {"rests", "rests", "rests", "rests", "turns", "rests"};
  life_put(life, "flows/turns.lua", turns);
  start_all(life, flows, RUNS);
  until(life, gate.count == 1);
  pass_time(life, 1000);
  wear_out(); /* it is due again, with its old place in the middle of the others */
  all_leave(life);
  pass_time(life, MINUTE);
  until(life, life->finished == RUNS);
}

static void note(void *context, const struct error *error) {
  assert_null(error);
  *(bool *)context = true;
}

/* Its row says that it goes on: nobody would wake it. */
static void one_that_goes_on_while_its_rows_are_written_stays(void **state) {
  struct life *life = *state;
  const char *flows[] = {"turns"};
  bool written = false;
  life_put(life, "flows/turns.lua", turns);
  start_all(life, flows, 1);
  until(life, gate.count == 1);
  pass_time(life, 1000);
  gate.full = true; /* it does not leave anew */
  gate_open();
  store_sync(life->store, note, &written);
  until(life, written);
  assert_int_equal(in_memory(life), 1);
  gate.full = false;
  all_leave(life);
  pass_time(life, MINUTE);
  until(life, life->finished == 1);
}

static void one_leaves_later(struct life *life, bool *obstacle) {
  const char *flows[] = {"rests"};
  start_all(life, flows, 1);
  *obstacle = true;
  for (int i = 0; i < RUNS; i++) turn(life);
  assert_int_equal(gate.count, 0);
  *obstacle = false;
  all_leave(life);
  pass_time(life, MINUTE);
  until(life, life->finished == 1);
}

static void one_for_whose_rows_there_was_no_room_leaves_later(void **state) {
  one_leaves_later(*state, &gate.full);
}

static void one_that_found_no_memory_to_leave_leaves_later(void **state) {
  one_leaves_later(*state, &gate.refuses);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(one_is_looked_at_in_a_turn_that_has_no_more_time),
      TEST(one_that_goes_on_meanwhile_takes_nobody_with_it),
      TEST(one_that_goes_on_while_its_rows_are_written_stays),
      TEST(one_for_whose_rows_there_was_no_room_leaves_later),
      TEST(one_that_found_no_memory_to_leave_leaves_later),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
