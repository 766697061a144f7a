/* Engines made and freed: engine/engine.c, engine_config.c, engine_loop.c, guard.c. */
#include "program.h"

#include <dirent.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- structs that grow --- */

static void takes_a_config_of_an_older_program(void **state) {
  struct program *program = *state;
  struct od_config config = config_of(program);
  config.size = offsetof(struct od_config, loop);
  config.loop = (struct ev_loop *)program; /* that program does not know this member */
  struct od_engine *engine = od_engine_new(&config, &program->error);
  assert_non_null(engine);
  od_engine_free(engine);
}

struct newer {
  struct od_config config;
  void *added;
};

static void takes_a_config_of_a_newer_program_that_asks_for_nothing_new(void **state) {
  struct program *program = *state;
  struct newer newer = {.config = config_of(program)};
  newer.config.size = sizeof newer;
  struct od_engine *engine = od_engine_new(&newer.config, &program->error);
  assert_non_null(engine);
  od_engine_free(engine);
}

static void refuses_what_a_newer_program_asks_for(void **state) {
  struct program *program = *state;
  struct newer newer = {.config = config_of(program), .added = program};
  newer.config.size = sizeof newer;
  refused(od_engine_new(&newer.config, told), "misuse", "a newer one is needed");
}

static void refuses_a_config_without_a_size(void **state) {
  struct program *program = *state;
  struct od_config config = config_of(program);
  config.size = 0;
  refused(od_engine_new(&config, told), "misuse", "sizeof");
  refused(od_engine_new(NULL, told), "misuse", "od_config");
  assert_null(od_engine_new(NULL, NULL));
}

static void refuses_a_config_that_makes_no_sense(void **state) {
  struct program *program = *state;
  static const struct od_clock clock;
  static const struct od_allocator allocator;
  struct od_config config = config_of(program);
  config.log_level = (enum od_level)17;
  refused(od_engine_new(&config, told), "misuse", "log_level");
  config = config_of(program);
  config.clock = &clock;
  refused(od_engine_new(&config, told), "misuse", "od_config.clock");
  config = config_of(program);
  config.allocator = &allocator;
  refused(od_engine_new(&config, told), "misuse", "od_config.allocator");
}

static void refuses_a_script_in_memory_that_is_no_script(void **state) {
  struct program *program = *state;
  static const struct od_script odd[] = {{"pin.lua", ""}, {NULL, NULL}};
  static const struct od_script empty[] = {{"flows/pin.lua", NULL}, {NULL, NULL}};
  struct od_config config = config_of(program);
  config.scripts = odd;
  refused(od_engine_new(&config, told), "script", "flows/NAME.lua");
  config.scripts = empty;
  refused(od_engine_new(&config, told), "misuse", "has no text");
}

/* --- running --- */

static void runs_until_the_last_run_has_ended(void **state) {
  struct program *program = *state;
  start(program, "short");
  start(program, "short");
  loop(program);
  assert_int_equal(program->finished, 2);
  tells(last_event(program), "\"result\":7");
  loop(program); /* nothing to do: it returns at once */
}

static const struct od_script letting_go[] = {
    {"providers/tin.lua",
     "local outdial = require 'outdial'\n"
     "return outdial.provider { settings = { hook_token = { default = 'console' } },\n"
     "  accepts = { message = true }, duplicate = 'none',\n"
     "  place = function() return { state = 'queued', reference = 'r1' } end,\n"
     "  webhook = function(request) return request.body end }\n"},
    {"flows/lets_go.lua",
     FLOW("local call = outdial.call { provider = 'tin', to = '+306900000001', "
          "message = 'm' } return call:detach()")},
    {"flows/short.lua", FLOW("return 7")},
    {NULL, NULL}};

/* The run has ended and left memory; whoever started it still hears of its call. */
static void tells_of_a_call_that_was_let_go_to_its_end(void **state) {
  struct program *program = *state;
  struct od_config config = config_of(program);
  static const char body[] =
      "{\"kind\":\"status\",\"id\":\"e1\",\"reference\":\"r1\",\"state\":\"completed\"}";
  struct od_webhook webhook = {.size = sizeof webhook,
                               .method = "POST",
                               .target = "/hooks/tin/console",
                               .body = body,
                               .length = sizeof body - 1};
  od_engine_free(program->engine);
  config.scripts = letting_go;
  start_with(program, &config);
  start(program, "lets_go");
  loop(program);
  start(program, "short"); /* once its rows are written, so is what the other left */
  loop(program);
  assert_int_equal(program->finished, 2);
  assert_true(od_webhook(program->engine, &webhook, on_reply, program, &program->error));
  while (!program->replies)
    assert_true(od_engine_drain(program->engine, 5, &program->error));
  assert_int_equal(program->status, 200);
  tells(last_event(program), "\"kind\":\"call\"");
  tells(last_event(program), "\"state\":\"completed\"");
}

static void tells_nothing_before_the_loop_runs(void **state) {
  struct program *program = *state;
  start(program, "short");
  assert_int_equal(program->told, 0);
}

static void tells_where_in_a_script_something_is_wrong(void **state) {
  struct program *program = *state;
  refused(od_run_start(program->engine, "broken", "{}", NULL, NULL, NULL, told), "syntax",
          "broken.lua:3:");
  assert_string_equal(program->error.file, "broken.lua");
  assert_int_equal(program->error.line, 3);
}

static void refuses_flows_and_parameters_that_are_none(void **state) {
  struct program *program = *state;
  struct od_engine *engine = program->engine;
  refused(od_run_start(engine, NULL, "{}", NULL, NULL, NULL, told), "misuse", "flow");
  refused(od_run_start(engine, "nothing", "{}", NULL, NULL, NULL, told), "usage",
          "nothing");
  refused(od_run_start(engine, "short", "[1]", NULL, NULL, NULL, told), "usage",
          "must be a JSON object");
  refused(od_run_start(engine, "short", "{", NULL, NULL, NULL, told), "usage",
          "must be a JSON object");
  assert_string_equal(program->error.file, "");
  assert_int_equal(program->error.line, 0);
}

/* A follower of the whole engine gets what nobody else does. */
static void tells_the_config_s_follower_of_runs_that_nobody_follows(void **state) {
  struct program *program = *state;
  od_engine_free(program->engine);
  struct od_config config = config_of(program);
  config.event = on_event;
  config.event_context = program;
  start_with(program, &config);
  struct program other = {0};
  assert_true(od_run_start(program->engine, "short", "{}", NULL, NULL, NULL, NULL));
  assert_true(od_run_start(program->engine, "short", "{}", on_event, &other, NULL, NULL));
  while (!program->finished) loop(program);
  assert_int_equal(program->finished, 1);
  assert_int_equal(other.finished, 1);
}

static void ends_a_run(void **state) {
  struct program *program = *state;
  start(program, "waits");
  assert_true(od_run_cancel(program->engine, program->run, on_done, program, NULL));
  loop(program);
  assert_int_equal(program->done, 1);
  assert_string_equal(program->last.code, "");
  tells(last_event(program), "\"state\":\"canceled\"");
}

static void tells_that_there_is_no_such_run(void **state) {
  struct program *program = *state;
  struct od_engine *engine = program->engine;
  assert_true(od_run_cancel(engine, "nobody", on_done, program, NULL));
  loop(program);
  assert_int_equal(program->done, 1);
  assert_string_equal(program->last.code, "missing");
  assert_true(od_run_resolve(engine, "nobody", true, on_done, program, NULL));
  loop(program);
  assert_int_equal(program->done, 2);
  refused(od_run_cancel(engine, NULL, on_done, program, told), "misuse", "which run");
  refused(od_run_resolve(engine, NULL, true, on_done, program, told), "misuse",
          "which run");
}

static void several_engines_live_side_by_side(void **state) {
  struct program *program = *state;
  struct program other = {0};
  struct od_config config = config_of(&other);
  start_with(&other, &config);
  start(program, "short");
  start(&other, "short");
  loop(program);
  loop(&other);
  assert_int_equal(program->finished, 1);
  assert_int_equal(other.finished, 1);
  od_engine_free(other.engine);
}

/* --- freeing --- */

static void tells_those_who_wait_that_it_has_stopped(void **state) {
  struct program *program = *state;
  assert_true(od_run_cancel(program->engine, "nobody", on_done, program, NULL));
  od_engine_free(program->engine);
  program->engine = NULL;
  assert_int_equal(program->done, 1);
  assert_string_equal(program->last.code, "stopped");
}

static void free_at_first_event(void *context, const char *run, const char *event) {
  on_event(context, run, event);
  struct program *program = context;
  struct od_engine *engine = program->engine;
  program->engine = NULL;
  od_engine_free(engine);
}

static void may_be_freed_inside_a_callback(void **state) {
  struct program *program = *state;
  assert_true(od_run_start(program->engine, "waits", "{}", free_at_first_event, program,
                           NULL, NULL));
  assert_true(od_engine_loop(program->engine, NULL));
  assert_null(program->engine);
  assert_true(program->told >= 1);
}

static void try_everything(void *context, const char *run, const char *event) {
  struct program *program = context;
  struct od_engine *engine = program->engine;
  on_event(context, run, event);
  refused(od_engine_loop(engine, told), "misuse", "running already");
  refused(od_engine_drain(engine, 1, told), "misuse", "running already");
  refused(od_engine_dispatch(engine, told), "misuse", "has no thread");
}

static void loops_neither_twice_nor_inside_of_itself(void **state) {
  struct program *program = *state;
  assert_true(
      od_run_start(program->engine, "short", "{}", try_everything, program, NULL, NULL));
  loop(program);
  assert_int_equal(program->finished, 1);
}

static void refuses_no_engine_at_all(void **state) {
  struct program *program = *state;
  int descriptor;
  refused(od_engine_loop(NULL, told), "misuse", "NULL");
  refused(od_engine_drain(NULL, 1, told), "misuse", "NULL");
  refused(od_engine_serve(NULL, told), "misuse", "NULL");
  refused(od_engine_thread(NULL, &descriptor, told), "misuse", "NULL");
  refused(od_engine_dispatch(NULL, told), "misuse", "NULL");
  refused(od_run_start(NULL, "short", "{}", NULL, NULL, NULL, told), "misuse", "NULL");
  refused(od_run_cancel(NULL, "x", NULL, NULL, told), "misuse", "NULL");
  refused(od_host_function(NULL, "f", NULL, NULL, told), "misuse", "NULL");
  refused(od_host_answer(NULL, 1, "1", told), "misuse", "engine");
  refused(od_host_refuse(NULL, 1, "x", "y", told), "misuse", "engine");
  refused(od_webhook(NULL, NULL, on_reply, NULL, told), "misuse", "NULL");
  od_engine_stop(NULL);
  od_engine_free(NULL);
}

/* --- whose it is --- */

static void *start_elsewhere(void *context) {
  struct program *program = context;
  od_run_start(program->engine, "short", "{}", NULL, NULL, NULL, &program->error);
  od_engine_free(program->engine); /* does nothing */
  return NULL;
}

static void belongs_to_one_thread(void **state) {
  struct program *program = *state;
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, start_elsewhere, program), 0);
  pthread_join(thread, NULL);
  assert_string_equal(program->error.code, "misuse");
  tells(program->error.message, "another thread");
  start(program, "short");
  loop(program);
  assert_int_equal(program->finished, 1);
}

static void does_not_work_in_a_child(void **state) {
  struct program *program = *state;
  pid_t child = fork();
  if (child == 0) {
    bool started =
        od_run_start(program->engine, "short", "{}", NULL, NULL, NULL, &program->error);
    bool told = !started && strstr(program->error.message, "fork");
    program->error.message[0] = '\0';
    started = od_host_answer(program->engine, 1, "1", &program->error);
    _exit(told && !started && strstr(program->error.message, "fork") ? 42 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(WEXITSTATUS(status), 42);
  start(program, "short");
  loop(program);
  assert_int_equal(program->finished, 1);
}

static int descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(folder)) count++;
  closedir(folder);
  return count;
}

static void gives_every_descriptor_back(void **state) {
  struct program *program = *state;
  int before = descriptors();
  for (int i = 0; i < 20; i++) {
    struct program other = {0};
    struct od_config config = config_of(&other);
    start_with(&other, &config);
    int descriptor;
    start(&other, i % 2 ? "waits" : "short");
    if (i % 3 == 0) assert_true(od_engine_thread(other.engine, &descriptor, NULL));
    od_engine_free(other.engine);
  }
  assert_int_equal(descriptors(), before);
  (void)program;
}

static void is_not_made_without_a_descriptor(void **state) {
  struct program *program = *state;
  struct od_config config = config_of(program);
  int free_one = dup(0);
  struct rlimit before, none;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  close(free_one);
  none = before;
  none.rlim_cur = (rlim_t)free_one;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  refused(od_engine_new(&config, told), "memory", "no event loop");
  setrlimit(RLIMIT_NOFILE, &before);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(takes_a_config_of_an_older_program),
      TEST(takes_a_config_of_a_newer_program_that_asks_for_nothing_new),
      TEST(refuses_what_a_newer_program_asks_for),
      TEST(refuses_a_config_without_a_size),
      TEST(refuses_a_config_that_makes_no_sense),
      TEST(refuses_a_script_in_memory_that_is_no_script),
      TEST(runs_until_the_last_run_has_ended),
      TEST(tells_of_a_call_that_was_let_go_to_its_end),
      TEST(tells_nothing_before_the_loop_runs),
      TEST(tells_where_in_a_script_something_is_wrong),
      TEST(refuses_flows_and_parameters_that_are_none),
      TEST(tells_the_config_s_follower_of_runs_that_nobody_follows),
      TEST(ends_a_run),
      TEST(tells_that_there_is_no_such_run),
      TEST(several_engines_live_side_by_side),
      TEST(tells_those_who_wait_that_it_has_stopped),
      TEST(may_be_freed_inside_a_callback),
      TEST(loops_neither_twice_nor_inside_of_itself),
      TEST(refuses_no_engine_at_all),
      TEST(belongs_to_one_thread),
      TEST(does_not_work_in_a_child),
      TEST(gives_every_descriptor_back),
      TEST(is_not_made_without_a_descriptor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
