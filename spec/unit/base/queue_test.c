#include "base/queue.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MANY = 50, MOST = 8 };

static struct {
  struct ev_loop *loop;
  struct queue queue;
  struct queued all[MANY];
  int order[MANY], begun; /* their places in all */
  double each;            /* seconds that beginning takes */
} job;

static void note(void *context) {
  double end = clock_monotonic() + job.each;
  while (clock_monotonic() < end) continue;
  job.order[job.begun++] = (int)((struct queued *)context - job.all);
}

static void enter(int first, int count) {
  for (int i = first; i < first + count; i++) {
    job.all[i] = (struct queued){.begin = note, .context = &job.all[i]};
    queue_enter(&job.queue, &job.all[i]);
  }
}

static void turn(void) {
  ev_run(job.loop, EVRUN_NOWAIT);
}

static void turns(void) {
  for (int i = 0; i < 2 * MANY; i++) turn();
}

static void open_queue(unsigned most) {
  queue_open(&job.queue, job.loop, most);
}

static void each_begins_once_in_order_and_not_from_inside(void **state) {
  (void)state;
  open_queue(0);
  enter(0, MANY);
  assert_int_equal(job.begun, 0);
  turns();
  assert_int_equal(job.begun, MANY);
  for (int i = 0; i < MANY; i++) assert_int_equal(job.order[i], i);
}

static void what_takes_long_begins_one_a_turn(void **state) {
  (void)state;
  open_queue(0);
  job.each = 0.001;
  enter(0, 3);
  for (int i = 0; i < MANY; i++) {
    int before = job.begun;
    turn();
    assert_in_range(job.begun - before, 0, 1);
  }
  assert_int_equal(job.begun, 3);
}

static void no_more_than_so_many_are_under_way(void **state) {
  (void)state;
  open_queue(MOST);
  enter(0, MANY);
  turns();
  assert_int_equal(job.begun, MOST);
  queue_leave(&job.queue, &job.all[3]);
  queue_leave(&job.queue, &job.all[0]);
  queue_leave(&job.queue, &job.all[0]); /* is not in it any more */
  turns();
  assert_int_equal(job.begun, MOST + 2);
  for (int i = 0; i < MANY; i++) {
    queue_leave(&job.queue, &job.all[job.order[i]]);
    turns();
  }
  assert_int_equal(job.begun, MANY);
}

static void what_left_while_it_waited_never_begins(void **state) {
  (void)state;
  open_queue(1);
  enter(0, 4);
  queue_leave(&job.queue, &job.all[1]);
  turns();
  queue_leave(&job.queue, &job.all[2]);
  turns();
  assert_int_equal(job.begun, 1);
  queue_leave(&job.queue, &job.all[0]);
  turns();
  assert_int_equal(job.begun, 2);
  assert_int_equal(job.order[1], 3);
}

static void end_the_rest(void *context) {
  note(context);
  for (int i = 0; i < 3; i++) queue_leave(&job.queue, &job.all[i]);
  queue_close(&job.queue);
}

static void what_begins_may_end_all_and_close_the_queue(void **state) {
  (void)state;
  open_queue(0);
  enter(0, 3);
  job.all[0].begin = end_the_rest;
  turns();
  assert_int_equal(job.begun, 1);
}

static int set_up(void **state) {
  (void)state;
  job.begun = 0;
  job.each = 0;
  job.loop = ev_loop_new(EVFLAG_AUTO);
  return job.loop ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  queue_close(&job.queue);
  ev_loop_destroy(job.loop);
  return 0;
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(each_begins_once_in_order_and_not_from_inside),
      TEST(what_takes_long_begins_one_a_turn),
      TEST(no_more_than_so_many_are_under_way),
      TEST(what_left_while_it_waited_never_begins),
      TEST(what_begins_may_end_all_and_close_the_queue),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
