/* A sleep that is held back does not leave memory without a time to wake. */
#include "life.h"

/* Of the engine's 256 ops a turn, the sleep is the last. */
static const char naps[] =
    FLOW("for _ = 1, 255 do outdial.now() end outdial.sleep(60) return 'rested'");

/* Two syncs wait: that of the op that is held, and that of a run which is about to leave.
 * Only the one that rests may, and it was not looked at before the other. */
static void only_leaves(struct life *life, const char *rests, const char *held) {
  until(life, gate.count == 2);
  assert_ptr_equal(life->timers.first, life->timers.last); /* the other has not begun */
  gate_pass(1);
  gate.count = 1;
  until(life, has_left(life, rests) || has_left(life, held));
  assert_false(has_left(life, held));
  assert_int_equal(in_memory(life), 1);
}

static void both_wake(struct life *life) {
  gate_open();
  until(life, in_memory(life) == 0);
  pass_time(life, MINUTE - 1);
  assert_int_equal(life->finished, 0);
  pass_time(life, 1);
  until(life, life->finished == 2);
}

static void one_that_gave_way_to_others_wakes(void **state) {
  struct life *life = *state;
  char held[ID_RUN_SIZE], rests[ID_RUN_SIZE];
  life_put(life, "flows/naps.lua", naps);
  start(life, "naps", held);
  start(life, "rests", rests);
  gate.closed = true;
  only_leaves(life, rests, held);
  both_wake(life);
}

static void one_that_found_no_room_in_the_store_wakes(void **state) {
  struct life *life = *state;
  char held[ID_RUN_SIZE], rests[ID_RUN_SIZE];
  start(life, "rests", held);
  gate.closed = gate.full = true;
  until(life, gate.count == 1);
  wear_out();
  gate.full = false;
  start(life, "rests", rests);
  only_leaves(life, rests, held);
  both_wake(life);
}

/* Where runs leave at each op, they do so at those that were held, too. */
static void one_that_was_held_leaves_after_all(void **state) {
  struct life *life = *state;
  char held[ID_RUN_SIZE];
  life_end(life);
  life->patience = 0;
  life_begin(life);
  life_put(life, "flows/naps.lua", naps);
  start(life, "naps", held);
  until(life, has_left(life, held));
  until(life, in_memory(life) == 1);
  pass_time(life, MINUTE);
  until(life, life->finished == 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(one_that_gave_way_to_others_wakes),
      TEST(one_that_found_no_room_in_the_store_wakes),
      TEST(one_that_was_held_leaves_after_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
