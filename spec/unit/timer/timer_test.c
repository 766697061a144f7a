#include "timer/timer.h"

#include "base/clock.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct bench {
  struct ev_loop *loop;
  int fired;
  double when;  /* clock_monotonic at the last firing */
  int64_t wall; /* clock_wall_ms at the last firing */
  int order[8]; /* of numbered timers */
  struct timer *other;
};

struct numbered {
  struct bench *bench;
  int number;
};

static int set_up(void **state) {
  static struct bench bench;
  bench = (struct bench){.loop = ev_loop_new(0)};
  *state = &bench;
  return bench.loop ? 0 : -1;
}

static int tear_down(void **state) {
  ev_loop_destroy(((struct bench *)*state)->loop);
  return 0;
}

static void note(void *context) {
  struct bench *bench = context;
  bench->fired++;
  bench->when = clock_monotonic();
  bench->wall = clock_wall_ms();
}

static void note_number(void *context) {
  struct numbered *timer = context;
  timer->bench->order[timer->bench->fired++] = timer->number;
}

/* Leaves the loop's own idea of now behind the real one. */
static void keep_busy(double seconds) {
  double until = clock_monotonic() + seconds;
  while (clock_monotonic() < until) continue;
}

static void fires_once_and_lets_the_loop_end(void **state) {
  struct bench *bench = *state;
  assert_non_null(timer_after(bench->loop, 0.001, note, bench));
  ev_run(bench->loop, 0);
  assert_int_equal(bench->fired, 1);
}

static void never_fires_early_after_a_busy_turn(void **state) {
  struct bench *bench = *state;
  keep_busy(0.03);
  double start = clock_monotonic();
  assert_non_null(timer_after(bench->loop, 0.02, note, bench));
  ev_run(bench->loop, 0);
  assert_int_equal(bench->fired, 1);
  assert_true(bench->when - start >= 0.02);
}

static void negative_is_at_once_but_not_within_the_call(void **state) {
  struct bench *bench = *state;
  assert_non_null(timer_after(bench->loop, -5, note, bench));
  assert_non_null(timer_after(bench->loop, NAN, note, bench));
  assert_int_equal(bench->fired, 0);
  ev_run(bench->loop, EVRUN_NOWAIT);
  assert_int_equal(bench->fired, 2);
}

static void fires_in_order_of_time(void **state) {
  struct bench *bench = *state;
  struct numbered timers[] = {{bench, 0}, {bench, 1}, {bench, 2}};
  assert_non_null(timer_after(bench->loop, 0.02, note_number, &timers[2]));
  assert_non_null(timer_after(bench->loop, 0, note_number, &timers[0]));
  assert_non_null(timer_after(bench->loop, 0.01, note_number, &timers[1]));
  ev_run(bench->loop, 0);
  assert_int_equal(bench->fired, 3);
  for (int i = 0; i < 3; i++) assert_int_equal(bench->order[i], i);
}

static void canceled_never_fires(void **state) {
  struct bench *bench = *state;
  timer_cancel(timer_after(bench->loop, 0, note, bench));
  timer_cancel(timer_at(bench->loop, 0, note, bench));
  timer_cancel(NULL);
  ev_run(bench->loop, 0);
  assert_int_equal(bench->fired, 0);
}

static void cancel_other(void *context) {
  struct bench *bench = context;
  bench->fired++;
  timer_cancel(bench->other);
  bench->other = NULL;
}

/* Both are due in the same turn; whichever is first takes the other with it. */
static void a_due_timer_can_still_be_canceled(void **state) {
  struct bench *bench = *state;
  assert_non_null(timer_after(bench->loop, 0, cancel_other, bench));
  bench->other = timer_after(bench->loop, 0.001, note, bench);
  assert_non_null(bench->other);
  keep_busy(0.002);
  ev_run(bench->loop, 0);
  assert_int_equal(bench->fired, 1);
}

static void start_another(void *context) {
  struct bench *bench = context;
  if (++bench->fired < 3) timer_after(bench->loop, 0, start_another, bench);
}

static void a_firing_timer_may_start_another(void **state) {
  struct bench *bench = *state;
  assert_non_null(timer_after(bench->loop, 0, start_another, bench));
  ev_run(bench->loop, 0);
  assert_int_equal(bench->fired, 3);
}

static void fires_when_the_wall_clock_reads_it(void **state) {
  struct bench *bench = *state;
  int64_t wall = clock_wall_ms() + 20;
  assert_non_null(timer_at(bench->loop, wall, note, bench));
  ev_run(bench->loop, 0);
  assert_int_equal(bench->fired, 1);
  assert_true(bench->wall >= wall);
}

static void a_wall_time_in_the_past_fires_at_once(void **state) {
  struct bench *bench = *state;
  assert_non_null(timer_at(bench->loop, clock_wall_ms() - 1000, note, bench));
  assert_int_equal(bench->fired, 0);
  ev_run(bench->loop, EVRUN_NOWAIT);
  assert_int_equal(bench->fired, 1);
}

/* --- a clock of somebody else's --- */

static int64_t read_wall(void *context) {
  return ((struct bench *)context)->wall;
}

static void go_by_a_clock_and_fire_when_told_that_it_moved(void **state) {
  struct bench *bench = *state;
  struct timers timers = {0};
  struct clock clock = {read_wall, bench, &timers};
  struct numbered numbered[] = {{bench, 1}, {bench, 2}, {bench, 3}, {bench, 4}};
  bench->wall = 1000;
  timer_by(bench->loop, &clock, 3000, note_number, &numbered[0]);
  timer_in(bench->loop, &clock, 1, note_number, &numbered[1]);
  struct timer *none = timer_by(bench->loop, &clock, 2000, note_number, &numbered[2]);
  timer_by(bench->loop, &clock, 2000, note_number, &numbered[3]);
  assert_true(timer_left(none) == 1);
  timer_cancel(none);
  assert_true(timers_next(&timers) == 2000);
  timers_fire(&timers, 1999);
  assert_int_equal(bench->fired, 0);
  timers_fire(&timers, 3000);
  assert_int_equal(bench->fired, 3);
  assert_int_equal(bench->order[0], 2);
  assert_int_equal(bench->order[1], 4);
  assert_int_equal(bench->order[2], 1);
  assert_true(timers_next(&timers) == INT64_MAX);
}

static void looks_at_a_clock_that_nobody_speaks_for(void **state) {
  struct bench *bench = *state;
  struct timers timers = {0};
  struct clock clock = {read_wall, bench, &timers};
  bench->wall = 1000;
  timer_by(bench->loop, &clock, 1000, note, bench);
  ev_run(bench->loop, 0);
  assert_int_equal(bench->fired, 1);
  assert_null(timers.first);
}

static void a_time_too_far_away_never_comes(void **state) {
  struct bench *bench = *state;
  struct timers timers = {0};
  struct clock clock = {read_wall, bench, &timers};
  struct timer *timer = timer_in(bench->loop, &clock, 1e300, note, bench);
  assert_true(timers_next(&timers) == INT64_MAX);
  timer_cancel(timer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(fires_once_and_lets_the_loop_end, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(never_fires_early_after_a_busy_turn, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(negative_is_at_once_but_not_within_the_call, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(fires_in_order_of_time, set_up, tear_down),
      cmocka_unit_test_setup_teardown(canceled_never_fires, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_due_timer_can_still_be_canceled, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(a_firing_timer_may_start_another, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(fires_when_the_wall_clock_reads_it, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(a_wall_time_in_the_past_fires_at_once, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(go_by_a_clock_and_fire_when_told_that_it_moved,
                                      set_up, tear_down),
      cmocka_unit_test_setup_teardown(looks_at_a_clock_that_nobody_speaks_for, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(a_time_too_far_away_never_comes, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
