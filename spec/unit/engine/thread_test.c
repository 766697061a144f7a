/* An engine with a thread of its own: engine/engine_thread.c, post.c. */
#include "program.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static int begin(struct program *program) {
  int descriptor;
  if (!od_engine_thread(program->engine, &descriptor, &program->error))
    fail_msg("%s", program->error.message);
  return descriptor;
}

/* Polls and dispatches until *count has come to wanted. */
static void follow(struct program *program, int descriptor, const int *count,
                   int wanted) {
  struct pollfd ready = {.fd = descriptor, .events = POLLIN};
  while (*count < wanted) {
    assert_int_equal(poll(&ready, 1, 30000), 1);
    assert_true(od_engine_dispatch(program->engine, NULL));
  }
}

static void works_while_the_host_polls(void **state) {
  struct program *program = *state;
  int descriptor = begin(program);
  start(program, "short");
  follow(program, descriptor, &program->finished, 1);
  tells(last_event(program), "\"result\":7");
}

static void hands_over_what_was_there_before_its_thread(void **state) {
  struct program *program = *state;
  start(program, "short");
  int descriptor = begin(program);
  follow(program, descriptor, &program->finished, 1);
}

static void is_not_readable_once_nothing_is_left(void **state) {
  struct program *program = *state;
  int descriptor = begin(program);
  start(program, "short");
  follow(program, descriptor, &program->finished, 1);
  struct pollfd ready = {.fd = descriptor, .events = POLLIN};
  while (poll(&ready, 1, 0) == 1) assert_true(od_engine_dispatch(program->engine, NULL));
  assert_true(od_engine_dispatch(program->engine, NULL)); /* nothing to do: no harm */
}

enum { CALLERS = 4, STARTS = 12 };

static void count_finished(void *context, const char *run, const char *event) {
  (void)run;
  int *finished = context;
  *finished += strstr(event, "\"kind\":\"finished\"") != NULL;
}

struct caller {
  struct od_engine *engine;
  int *finished;
};

static void *start_many(void *context) {
  struct caller *caller = context;
  for (int i = 0; i < STARTS; i++)
    if (!od_run_start(caller->engine, "short", "{}", count_finished, caller->finished,
                      NULL, NULL))
      return context;
  return NULL;
}

static void may_be_called_from_any_thread(void **state) {
  struct program *program = *state;
  int descriptor = begin(program), finished = 0;
  struct caller caller = {program->engine, &finished};
  pthread_t threads[CALLERS];
  for (int i = 0; i < CALLERS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, start_many, &caller), 0);
  follow(program, descriptor, &finished, CALLERS * STARTS);
  for (int i = 0; i < CALLERS; i++) {
    void *failed;
    pthread_join(threads[i], &failed);
    assert_null(failed);
  }
}

static void may_be_freed_at_any_moment(void **state) {
  struct program *program = *state;
  for (int i = 0; i < 20; i++) {
    struct program other = {0};
    struct od_config config = config_of(&other);
    start_with(&other, &config);
    begin(&other);
    start(&other, i % 2 ? "short" : "waits");
    od_engine_free(other.engine);
  }
  (void)program;
}

static void free_it(void *context, const char *run, const char *event) {
  struct program *program = context;
  on_event(context, run, event);
  od_engine_free(program->engine);
  program->engine = NULL;
}

static void may_be_freed_by_what_it_dispatches(void **state) {
  struct program *program = *state;
  int descriptor = begin(program);
  struct pollfd ready = {.fd = descriptor, .events = POLLIN};
  assert_true(od_run_start(program->engine, "short", "{}", free_it, program, NULL, NULL));
  assert_int_equal(poll(&ready, 1, 30000), 1);
  assert_true(od_engine_dispatch(program->engine, NULL));
  assert_null(program->engine);
}

static void dispatch_again(void *context, const char *run, const char *event) {
  struct program *program = context;
  on_event(context, run, event);
  refused(od_engine_dispatch(program->engine, told), "misuse", "already");
}

static void dispatches_once_at_a_time(void **state) {
  struct program *program = *state;
  int descriptor = begin(program);
  assert_true(
      od_run_start(program->engine, "short", "{}", dispatch_again, program, NULL, NULL));
  follow(program, descriptor, &program->finished, 1);
}

enum { DISPATCHES = 200 };

static void *dispatch_often(void *context) {
  for (int i = 0; i < DISPATCHES; i++) od_engine_dispatch(context, NULL);
  return NULL;
}

static void may_be_dispatched_by_several_threads(void **state) {
  struct program *program = *state;
  int descriptor = begin(program), finished = 0;
  struct caller caller = {program->engine, &finished};
  pthread_t threads[CALLERS];
  for (int i = 0; i < CALLERS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, dispatch_often, program->engine),
                     0);
  assert_null(start_many(&caller));
  for (int i = 0; i < CALLERS; i++) pthread_join(threads[i], NULL);
  follow(program, descriptor, &finished, STARTS);
}

static void has_one_thread_and_no_other_loop(void **state) {
  struct program *program = *state;
  struct od_engine *engine = program->engine;
  int descriptor = begin(program);
  refused(od_engine_thread(engine, &descriptor, told), "misuse", "thread of its own");
  refused(od_engine_loop(engine, told), "misuse", "thread of its own");
  refused(od_engine_drain(engine, 1, told), "misuse", "thread of its own");
  od_engine_stop(engine); /* only ends od_engine_loop */
  start(program, "short");
  follow(program, descriptor, &program->finished, 1);
}

static void needs_somewhere_to_put_its_descriptor(void **state) {
  struct program *program = *state;
  refused(od_engine_thread(program->engine, NULL, told), "misuse", "descriptor");
}

/* --- functions of the host --- */

struct question {
  struct program *program;
  uint64_t id;
  char run[OD_RUN_SIZE], name[64], args[64];
  int seq, asked;
};

static void on_question(void *context, const struct od_request *request) {
  struct question *question = context;
  question->id = request->id;
  question->seq = request->seq;
  question->asked++;
  snprintf(question->run, sizeof question->run, "%s", request->run);
  snprintf(question->name, sizeof question->name, "%s", request->name);
  snprintf(question->args, sizeof question->args, "%s", request->args);
}

static void *answer_elsewhere(void *context) {
  struct question *question = context;
  od_host_answer(question->program->engine, question->id, "{\"found\": [1, null]}", NULL);
  return NULL;
}

static void is_answered_from_another_thread(void **state) {
  struct program *program = *state;
  struct question question = {.program = program};
  pthread_t thread;
  assert_true(od_host_function(program->engine, "f", on_question, &question, NULL));
  int descriptor = begin(program);
  start(program, "asks");
  follow(program, descriptor, &question.asked, 1);
  assert_string_equal(question.run, program->run);
  assert_string_equal(question.name, "f");
  assert_string_equal(question.args, "[1,\"two\"]");
  assert_int_equal(question.seq, 1);
  assert_int_equal(pthread_create(&thread, NULL, answer_elsewhere, &question), 0);
  follow(program, descriptor, &program->finished, 1);
  pthread_join(thread, NULL);
  tells(last_event(program), "\"found\":[1,null]");
}

static void answer_at_once(void *context, const struct od_request *request) {
  struct question *question = context;
  struct program *program = question->program;
  on_question(context, request);
  if (od_host_answer(program->engine, request->id, "1", &program->error))
    program->replies++;
}

/* It is told what the flow asked before, and that nobody waits any more. */
static void answers_while_the_engine_is_freed(void **state) {
  struct program *program = *state;
  struct question question = {.program = program};
  assert_true(od_host_function(program->engine, "f", answer_at_once, &question, NULL));
  struct pollfd ready = {.fd = begin(program), .events = POLLIN};
  assert_true(od_run_start(program->engine, "asks", "{}", NULL, NULL, NULL, NULL));
  assert_int_equal(poll(&ready, 1, 30000), 1);
  od_engine_free(program->engine);
  program->engine = NULL;
  assert_int_equal(question.asked, 1);
  assert_int_equal(program->replies, 0);
  assert_string_equal(program->error.code, "gone");
}

static void takes_any_json_for_an_answer(void **state) {
  struct program *program = *state;
  struct question question = {.program = program};
  assert_true(od_host_function(program->engine, "f", on_question, &question, NULL));
  int descriptor = begin(program);
  start(program, "asks");
  follow(program, descriptor, &question.asked, 1);
  struct od_engine *engine = program->engine;
  refused(od_host_answer(engine, question.id, "text", told), "usage", "near 'text'");
  refused(od_host_answer(engine, question.id, "1e999", told), "usage", "overflow");
  assert_true(od_host_answer(engine, question.id, "\"a\\u0000b\"", NULL));
  follow(program, descriptor, &program->finished, 1);
  tells(last_event(program), "\"value\":\"a\\u0000b\"");
}

static void *take_signals(void *context) {
  sigset_t *waited = context;
  int signal_number = 0;
  sigwait(waited, &signal_number);
  return NULL;
}

/* A signal to the process goes to a thread that does not block it: never to the engine's.
 */
static void leaves_signals_to_the_host(void **state) {
  struct program *program = *state;
  sigset_t mine, before;
  pthread_t thread;
  sigemptyset(&mine);
  sigaddset(&mine, SIGUSR1); /* would end the process */
  begin(program);
  pthread_sigmask(SIG_BLOCK, &mine, &before);
  assert_int_equal(pthread_create(&thread, NULL, take_signals, &mine), 0);
  assert_int_equal(kill(getpid(), SIGUSR1), 0);
  pthread_join(thread, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(works_while_the_host_polls),
      TEST(hands_over_what_was_there_before_its_thread),
      TEST(is_not_readable_once_nothing_is_left),
      TEST(may_be_called_from_any_thread),
      TEST(may_be_freed_at_any_moment),
      TEST(may_be_freed_by_what_it_dispatches),
      TEST(dispatches_once_at_a_time),
      TEST(may_be_dispatched_by_several_threads),
      TEST(has_one_thread_and_no_other_loop),
      TEST(needs_somewhere_to_put_its_descriptor),
      TEST(is_answered_from_another_thread),
      TEST(answers_while_the_engine_is_freed),
      TEST(takes_any_json_for_an_answer),
      TEST(leaves_signals_to_the_host),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
