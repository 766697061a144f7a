#include "base/worker.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { JOBS = 100 };

struct bench {
  struct ev_loop *loop;
  struct worker *worker;
  pthread_t loop_thread;
  int worked, done;     /* jobs so far */
  int order[2 * JOBS];  /* of the jobs' numbers as they were worked */
  unsigned turns[JOBS]; /* of the loop, at each done that notes it */
  bool off_loop;        /* every job ran on another thread */
  bool on_loop;         /* every done ran on the loop's */
  bool unblocked;       /* some signal could reach the worker's thread */
  pthread_mutex_t gate; /* a job that waits for the test */
};

struct job {
  struct bench *bench;
  int number;
};

static int set_up(void **state) {
  static struct bench bench;
  bench =
      (struct bench){.loop_thread = pthread_self(), .off_loop = true, .on_loop = true};
  pthread_mutex_init(&bench.gate, NULL);
  bench.loop = ev_loop_new(0);
  bench.worker = worker_new(bench.loop);
  *state = &bench;
  return bench.loop && bench.worker ? 0 : -1;
}

static int tear_down(void **state) {
  struct bench *bench = *state;
  worker_free(bench->worker);
  ev_loop_destroy(bench->loop);
  pthread_mutex_destroy(&bench->gate);
  return 0;
}

static void work(void *context) {
  struct job *job = context;
  struct bench *bench = job->bench;
  if (pthread_equal(pthread_self(), bench->loop_thread)) bench->off_loop = false;
  bench->order[bench->worked++] = job->number;
}

static void done(void *context) {
  struct bench *bench = ((struct job *)context)->bench;
  if (!pthread_equal(pthread_self(), bench->loop_thread)) bench->on_loop = false;
  bench->done++;
}

static void runs_jobs_in_order_and_tells_the_loop(void **state) {
  struct bench *bench = *state;
  struct job jobs[JOBS];
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = (struct job){bench, i};
    assert_true(worker_submit(bench->worker, work, done, &jobs[i]));
  }
  assert_int_equal(bench->done, 0);
  ev_run(bench->loop, 0);
  assert_int_equal(bench->done, JOBS);
  for (int i = 0; i < JOBS; i++) assert_int_equal(bench->order[i], i);
  assert_true(bench->off_loop);
  assert_true(bench->on_loop);
}

static void an_idle_worker_lets_the_loop_end(void **state) {
  struct bench *bench = *state;
  assert_false(ev_run(bench->loop, 0));
  struct job job = {bench, 0};
  assert_true(worker_submit(bench->worker, work, done, &job));
  ev_run(bench->loop, 0);
  assert_int_equal(bench->done, 1);
  assert_false(ev_run(bench->loop, 0));
}

static void wait_at_gate(void *context) {
  struct bench *bench = ((struct job *)context)->bench;
  pthread_mutex_lock(&bench->gate);
  work(context);
  pthread_mutex_unlock(&bench->gate);
}

static void on_gate_opened(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop, (void)events;
  pthread_mutex_unlock(timer->data);
}

/* The job can't end before the loop's second turn, so the first must not be the last. */
static void a_job_under_way_keeps_the_loop_alive(void **state) {
  struct bench *bench = *state;
  struct job job = {bench, 0};
  pthread_mutex_lock(&bench->gate);
  assert_true(worker_submit(bench->worker, wait_at_gate, done, &job));
  ev_timer opener;
  ev_timer_init(&opener, on_gate_opened, 0, 0);
  opener.data = &bench->gate;
  ev_timer_start(bench->loop, &opener);
  ev_run(bench->loop, 0);
  assert_int_equal(bench->done, 1);
}

static void submit_again(void *context) {
  struct job *job = context;
  done(context);
  if (job->bench->done < 3)
    assert_true(worker_submit(job->bench->worker, work, submit_again, job));
}

static void done_may_submit(void **state) {
  struct bench *bench = *state;
  struct job job = {bench, 0};
  assert_true(worker_submit(bench->worker, work, submit_again, &job));
  ev_run(bench->loop, 0);
  assert_int_equal(bench->worked, 3);
  assert_int_equal(bench->done, 3);
}

/* Takes as long as the loop may be held, and notes in which of its turns that was. */
static void dawdle(void *context) {
  struct job *job = context;
  ev_tstamp end = ev_time() + 0.002;
  while (ev_time() < end) continue;
  job->bench->turns[job->bench->done++] = ev_iteration(job->bench->loop);
}

static void slow_dones_leave_the_loop_its_turns(void **state) {
  struct bench *bench = *state;
  struct job jobs[JOBS];
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = (struct job){bench, i};
    assert_true(worker_submit(bench->worker, work, dawdle, &jobs[i]));
  }
  ev_run(bench->loop, 0);
  assert_int_equal(bench->done, JOBS);
  for (int i = 1; i < JOBS; i++) assert_true(bench->turns[i] > bench->turns[i - 1]);
}

static void a_job_needs_no_done(void **state) {
  struct bench *bench = *state;
  struct job job = {bench, 0};
  assert_true(worker_submit(bench->worker, work, NULL, &job));
  ev_run(bench->loop, 0);
  assert_int_equal(bench->worked, 1);
}

static void free_finishes_what_was_queued(void **state) {
  struct bench *bench = *state;
  struct worker *worker = worker_new(bench->loop);
  assert_non_null(worker);
  struct job jobs[JOBS];
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = (struct job){bench, i};
    assert_true(worker_submit(worker, work, done, &jobs[i]));
  }
  worker_free(worker);
  assert_int_equal(bench->worked, JOBS);
  assert_int_equal(bench->done, JOBS);
  assert_true(bench->on_loop);
  assert_false(ev_run(bench->loop, 0));
}

static void free_finishes_what_done_submits(void **state) {
  struct bench *bench = *state;
  struct job job = {bench, 0};
  assert_true(worker_submit(bench->worker, work, submit_again, &job));
  worker_free(bench->worker);
  bench->worker = NULL;
  assert_int_equal(bench->done, 3);
}

static void look_at_signals(void *context) {
  struct bench *bench = ((struct job *)context)->bench;
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, NULL, &blocked);
  const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE, SIGALRM, SIGXFSZ};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    if (!sigismember(&blocked, signals[i])) bench->unblocked = true;
  bench->worked++;
}

static void signals_go_to_the_host_only(void **state) {
  struct bench *bench = *state;
  struct job job = {bench, 0};
  assert_true(worker_submit(bench->worker, look_at_signals, NULL, &job));
  ev_run(bench->loop, 0);
  assert_int_equal(bench->worked, 1);
  assert_false(bench->unblocked);
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, NULL, &blocked);
  assert_false(sigismember(&blocked, SIGTERM));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(runs_jobs_in_order_and_tells_the_loop, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(an_idle_worker_lets_the_loop_end, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(a_job_under_way_keeps_the_loop_alive, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(done_may_submit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(slow_dones_leave_the_loop_its_turns, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(a_job_needs_no_done, set_up, tear_down),
      cmocka_unit_test_setup_teardown(free_finishes_what_was_queued, set_up, tear_down),
      cmocka_unit_test_setup_teardown(free_finishes_what_done_submits, set_up, tear_down),
      cmocka_unit_test_setup_teardown(signals_go_to_the_host_only, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
