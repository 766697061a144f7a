#include "audio/sound.h"

#include <ev.h>
#include <pthread.h>

struct outcome {
  int calls;
  bool on_loop;
  pthread_t loop_thread;
  struct audio_report report;
};

static void note(void *context, const struct audio_report *report) {
  struct outcome *outcome = context;
  outcome->calls++;
  outcome->on_loop = pthread_equal(pthread_self(), outcome->loop_thread);
  outcome->report = *report;
}

static void the_report_comes_on_the_loop(void **state) {
  (void)state;
  static struct outcome outcome;
  outcome.loop_thread = pthread_self();
  struct ev_loop *loop = ev_loop_new(0);
  struct worker *worker = worker_new(loop);
  assert_non_null(worker);
  assert_true(audio_check_later(worker, "/nowhere/at/all.wav", NULL, note, &outcome));
  assert_int_equal(outcome.calls, 0);
  ev_run(loop, 0);
  assert_int_equal(outcome.calls, 1);
  assert_true(outcome.on_loop);
  assert_refused(&outcome.report, "not_found", "no such file");
  worker_free(worker);
  ev_loop_destroy(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_report_comes_on_the_loop)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
