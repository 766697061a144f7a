#include "base/pace.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void turn(struct ev_loop *loop) {
  ev_run(loop, EVRUN_NOWAIT);
}

static void spend(double seconds) {
  double end = clock_monotonic() + seconds;
  while (clock_monotonic() < end) continue;
}

static void a_first_thing_is_done_in_each_turn(void **state) {
  struct ev_loop *loop = *state;
  struct pace pace = {0};
  assert_true(pace_allows(&pace, loop));
  spend(0.002);
  turn(loop);
  assert_true(pace_allows(&pace, loop));
}

static void what_takes_long_leaves_the_rest_to_the_next_turn(void **state) {
  struct ev_loop *loop = *state;
  struct pace pace = {0};
  assert_true(pace_allows(&pace, loop));
  assert_false(pace_is_over(&pace, loop));
  spend(0.002);
  assert_false(pace_allows(&pace, loop));
  assert_false(pace_allows(&pace, loop));
  assert_true(pace_is_over(&pace, loop));
  turn(loop);
  assert_false(pace_is_over(&pace, loop));
  assert_true(pace_allows(&pace, loop));
  assert_false(pace_is_over(&pace, loop));
}

static int set_up(void **state) {
  *state = ev_loop_new(EVFLAG_AUTO);
  return *state ? 0 : -1;
}

static int tear_down(void **state) {
  ev_loop_destroy(*state);
  return 0;
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_first_thing_is_done_in_each_turn),
      TEST(what_takes_long_leaves_the_rest_to_the_next_turn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
