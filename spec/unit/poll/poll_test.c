#include "poll/poll.h"

#include "base/clock.h"
#include "timer/timer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct poll_plan quick = {.first = 0, .factor = 1, .ceiling = POLL_FLOOR};

struct bench {
  struct ev_loop *loop;
  struct poll *poll;
  int asked, over;
  int enough;         /* questions after which it stops; 0: never answers */
  double times[16];   /* clock_monotonic of the questions */
  char cursors[4][8]; /* what the first questions were asked with */
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

/* Notes the question, then answers each with the cursor "n" and its number. */
static void ask(void *context, struct poll *poll, const char *cursor) {
  struct bench *bench = context;
  int n = bench->asked++;
  if (n < 16) bench->times[n] = clock_monotonic();
  if (n < 4) snprintf(bench->cursors[n], 8, "%s", cursor ? cursor : "none");
  if (!bench->enough) return;
  if (bench->asked == bench->enough) {
    poll_stop(poll);
    return;
  }
  char newest[8];
  snprintf(newest, sizeof newest, "n%d", n);
  poll_answer(poll, newest);
}

static void over(void *context) {
  ((struct bench *)context)->over++;
}

static void start(struct bench *bench, const struct poll_plan *plan, const char *cursor) {
  bench->poll = poll_start(bench->loop, plan, cursor, ask, over, bench);
  assert_non_null(bench->poll);
}

static void waits_grow_to_the_ceiling(void **state) {
  (void)state;
  const struct poll_plan plan = {.first = 2, .factor = 1.5, .ceiling = 10};
  const double expected[] = {2, 3, 4.5, 6.75, 10, 10};
  for (unsigned n = 0; n < 6; n++)
    assert_true(fabs(poll_wait(&plan, n) - expected[n]) < 1e-9);
  assert_true(fabs(poll_wait(&plan, UINT32_MAX) - 10) < 1e-9);
}

static void a_factor_of_one_or_less_keeps_the_wait(void **state) {
  (void)state;
  struct poll_plan plan = {.first = 2, .factor = 1, .ceiling = 10};
  assert_true(fabs(poll_wait(&plan, UINT32_MAX) - 2) < 1e-9);
  plan.factor = 0.5;
  assert_true(fabs(poll_wait(&plan, 7) - 2) < 1e-9);
}

static void the_first_wait_is_under_the_ceiling_too(void **state) {
  (void)state;
  const struct poll_plan plan = {.first = 60, .factor = 2, .ceiling = 10};
  assert_true(fabs(poll_wait(&plan, 0) - 10) < 1e-9);
}

static void a_plan_of_zeros_does_not_spin(void **state) {
  (void)state;
  const struct poll_plan plan = {0};
  assert_true(poll_wait(&plan, 0) <= 0);
  assert_true(poll_wait(&plan, 1) >= POLL_FLOOR);
  assert_true(poll_wait(&plan, 1000) >= POLL_FLOOR);
  const struct poll_plan growing = {.first = 0, .factor = 2, .ceiling = 10};
  assert_true(poll_wait(&growing, 100) >= 10);
}

static void asks_with_the_newest_cursor(void **state) {
  struct bench *bench = *state;
  bench->enough = 3;
  start(bench, &quick, "old");
  ev_run(bench->loop, 0);
  assert_int_equal(bench->asked, 3);
  assert_string_equal(bench->cursors[0], "old");
  assert_string_equal(bench->cursors[1], "n0");
  assert_string_equal(bench->cursors[2], "n1");
  assert_int_equal(bench->over, 0);
}

static void needs_no_cursor(void **state) {
  struct bench *bench = *state;
  bench->enough = 1;
  start(bench, &quick, NULL);
  ev_run(bench->loop, 0);
  assert_string_equal(bench->cursors[0], "none");
}

static void answer_later(struct ev_loop *loop, ev_idle *idle, int events) {
  (void)events;
  struct bench *bench = idle->data;
  if (bench->asked == 0) return;
  ev_idle_stop(loop, idle);
  bench->enough = 2;
  poll_answer(bench->poll, NULL);
  poll_answer(bench->poll, "extra");
}

static void an_answer_may_come_later_and_counts_once(void **state) {
  struct bench *bench = *state;
  start(bench, &quick, "kept");
  ev_idle idle;
  ev_idle_init(&idle, answer_later);
  idle.data = bench;
  ev_idle_start(bench->loop, &idle);
  ev_run(bench->loop, 0);
  assert_int_equal(bench->asked, 2);
  assert_string_equal(bench->cursors[1], "kept");
}

static void an_answer_before_the_first_question_is_ignored(void **state) {
  struct bench *bench = *state;
  bench->enough = 1;
  start(bench, &quick, "first");
  poll_answer(bench->poll, "never asked");
  ev_run(bench->loop, 0);
  assert_int_equal(bench->asked, 1);
  assert_string_equal(bench->cursors[0], "first");
}

static void answer_with_own_cursor(void *context, struct poll *poll, const char *cursor) {
  struct bench *bench = context;
  snprintf(bench->cursors[bench->asked], 8, "%s", cursor);
  if (++bench->asked == 2)
    poll_stop(poll);
  else
    poll_answer(poll, cursor);
}

static void a_question_may_hand_its_cursor_back(void **state) {
  struct bench *bench = *state;
  assert_non_null(
      poll_start(bench->loop, &quick, "mine", answer_with_own_cursor, over, bench));
  ev_run(bench->loop, 0);
  assert_string_equal(bench->cursors[1], "mine");
}

static void no_wait_is_shorter_than_jitter_allows(void **state) {
  struct bench *bench = *state;
  bench->enough = 6;
  const struct poll_plan plan = {
      .first = 0.02, .factor = 1, .ceiling = 0.02, .jitter = 0.5};
  double begun = clock_monotonic();
  start(bench, &plan, NULL);
  ev_run(bench->loop, 0);
  for (int i = 0; i < 6; i++) {
    double last = i ? bench->times[i - 1] : begun;
    assert_true(bench->times[i] - last >= 0.01);
  }
}

static void gives_up_at_the_deadline_while_waiting(void **state) {
  struct bench *bench = *state;
  const struct poll_plan plan = {
      .first = 3600, .factor = 1, .ceiling = 3600, .deadline = 0.01};
  start(bench, &plan, "cursor");
  ev_run(bench->loop, 0);
  assert_int_equal(bench->asked, 0);
  assert_int_equal(bench->over, 1);
}

static void gives_up_at_the_deadline_while_asking(void **state) {
  struct bench *bench = *state;
  struct poll_plan plan = quick;
  plan.deadline = 0.02;
  start(bench, &plan, "cursor");
  ev_run(bench->loop, 0);
  assert_int_equal(bench->asked, 1);
  assert_int_equal(bench->over, 1);
}

static void a_stopped_poll_is_silent(void **state) {
  struct bench *bench = *state;
  struct poll_plan plan = quick;
  plan.deadline = 0.001;
  start(bench, &plan, "cursor");
  poll_stop(bench->poll);
  poll_stop(NULL);
  ev_run(bench->loop, 0);
  assert_int_equal(bench->asked, 0);
  assert_int_equal(bench->over, 0);
}

/* --- by a clock of somebody else's --- */

static int64_t read_clock(void *context) {
  return *(int64_t *)context;
}

static void goes_by_the_plans_clock(void **state) {
  struct bench *bench = *state;
  int64_t now = 1000;
  struct timers timers = {0};
  const struct clock clock = {read_clock, &now, &timers};
  const struct poll_plan plan = {
      .first = 2, .factor = 2, .ceiling = 60, .deadline = 10, .clock = &clock};
  bench->enough = 16;
  start(bench, &plan, NULL);
  const int64_t due[] = {3000, 7000, 11000};
  for (int i = 0; i < 3; i++) {
    unsigned asked;
    double wait;
    poll_progress(bench->poll, &asked, &wait);
    assert_int_equal(asked, i);
    assert_true(timers_next(&timers) == due[i]);
    now = due[i];
    timers_fire(&timers, now);
  }
  assert_int_equal(bench->asked, 2);
  assert_int_equal(bench->over, 1);
  assert_true(timers_next(&timers) == INT64_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(waits_grow_to_the_ceiling),
      cmocka_unit_test(a_factor_of_one_or_less_keeps_the_wait),
      cmocka_unit_test(the_first_wait_is_under_the_ceiling_too),
      cmocka_unit_test(a_plan_of_zeros_does_not_spin),
      cmocka_unit_test_setup_teardown(asks_with_the_newest_cursor, set_up, tear_down),
      cmocka_unit_test_setup_teardown(goes_by_the_plans_clock, set_up, tear_down),
      cmocka_unit_test_setup_teardown(needs_no_cursor, set_up, tear_down),
      cmocka_unit_test_setup_teardown(an_answer_may_come_later_and_counts_once, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(an_answer_before_the_first_question_is_ignored,
                                      set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_question_may_hand_its_cursor_back, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(no_wait_is_shorter_than_jitter_allows, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(gives_up_at_the_deadline_while_waiting, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(gives_up_at_the_deadline_while_asking, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(a_stopped_poll_is_silent, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
