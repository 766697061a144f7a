/* Time by the host's clock: engine/engine_advance.c. */
#include "program.h"

static const struct od_script scripts[] = {
    {"flows/week.lua", FLOW("local began = outdial.now()\n"
                            "for _ = 1, 7 do outdial.sleep(86400) end\n"
                            "return (outdial.now() - began) / 1000")},
    {"flows/short.lua", FLOW("outdial.sleep(0.25) return 7")},
    {"flows/asks.lua",
     FLOW("local _, wrong = outdial.host('f', 1, { timeout = 60 }) return wrong.code")},
    {"flows/fetches.lua",
     FLOW("local answer, wrong = outdial.http { url = 'http://x.invalid/' }\n"
          "return answer and answer.json.hello or wrong.code")},
    {"flows/reaches.lua",
     FLOW("outdial.sleep(5)\n"
          "local _, wrong = outdial.http { url = 'http://127.0.0.1:1/' }\n"
          "return { code = wrong.code, now = outdial.now() }")},
    {"flows/lines.lua",
     "local outdial = require 'outdial'\n"
     "return outdial.flow { summary = 'a spec', run = function()\n"
     "  if outdial.now() then\n"
     "    return 1\n"
     "  end\n"
     "  return 2\n"
     "end }\n"},
    {"flows/endless.lua", FLOW("while true do outdial.now() end")},
    {NULL, NULL},
};

/* 2026-01-01 */
enum { EPOCH_SECONDS = 1767225600 };

struct stage {
  struct program program;
  int64_t now, due;
  int lines[16]; /* how often each line of lines.lua ran */
};

static int64_t now(void *context) {
  return ((struct stage *)context)->now;
}

static void on_line(void *context, const char *path, int line) {
  struct stage *stage = context;
  if (strcmp(path, "lines.lua") == 0 && line < 16) stage->lines[line]++;
}

static int set_stage(void **state) {
  struct stage *stage = calloc(1, sizeof *stage);
  struct od_clock clock = {now, stage};
  struct od_config config = config_of(&stage->program);
  stage->now = (int64_t)EPOCH_SECONDS * 1000;
  config.clock = &clock;
  config.scripts = scripts;
  config.line = on_line;
  config.line_context = stage;
  start_with(&stage->program, &config);
  *state = stage;
  return 0;
}

static int strike_stage(void **state) {
  struct stage *stage = *state;
  od_engine_free(stage->program.engine);
  free(stage);
  return 0;
}

static void advance(struct stage *stage) {
  struct program *program = &stage->program;
  if (!od_engine_advance(program->engine, &stage->due, &program->error))
    fail_msg("%s", program->error.message);
}

/* Lets time pass until nothing is due any more; returns how often it was moved. */
static int let_pass(struct stage *stage) {
  int moves = 0;
  for (advance(stage); stage->due < INT64_MAX; advance(stage), moves++)
    stage->now = stage->due;
  return moves;
}

static void goes_through_a_week_in_no_time(void **state) {
  struct stage *stage = *state;
  start(&stage->program, "week");
  assert_int_equal(let_pass(stage), 7);
  assert_int_equal(stage->program.finished, 1);
  tells(last_event(&stage->program), "\"result\":604800");
}

static void does_not_let_time_pass_by_itself(void **state) {
  struct stage *stage = *state;
  start(&stage->program, "short");
  advance(stage);
  assert_int_equal(stage->program.finished, 0);
  assert_true(stage->due == stage->now + 250);
  stage->now += 249;
  advance(stage);
  assert_int_equal(stage->program.finished, 0);
  assert_true(stage->due == stage->now + 1);
  stage->now++;
  advance(stage);
  assert_int_equal(stage->program.finished, 1);
  assert_true(stage->due == INT64_MAX);
}

static void never_answers(void *context, const struct od_request *request) {
  (void)context, (void)request;
}

static void lets_the_host_be_late(void **state) {
  struct stage *stage = *state;
  od_host_function(stage->program.engine, "f", never_answers, NULL, NULL);
  start(&stage->program, "asks");
  advance(stage);
  assert_true(stage->due == stage->now + 60 * 1000);
  stage->now = stage->due;
  advance(stage);
  tells(last_event(&stage->program), "\"result\":\"timeout\"");
}

static void answers_http(void *context, const struct od_request *request) {
  struct stage *stage = context;
  tells(request->args, "\"url\":\"http://x.invalid/\"");
  tells(request->args, "\"method\":\"GET\"");
  assert_true(od_host_answer(stage->program.engine, request->id,
                             "{\"status\": 200, \"json\": {\"hello\": \"world\"}}",
                             NULL));
}

static void refuses_http(void *context, const struct od_request *request) {
  struct stage *stage = context;
  assert_true(od_host_refuse(stage->program.engine, request->id, "cut", "no", NULL));
}

static void stands_in_for_the_network(void **state) {
  struct stage *stage = *state;
  struct program *program = &stage->program;
  od_host_function(program->engine, "outdial.http", answers_http, stage, NULL);
  start(program, "fetches");
  advance(stage);
  tells(last_event(program), "\"result\":\"world\"");
  od_host_function(program->engine, "outdial.http", refuses_http, stage, NULL);
  start(program, "fetches");
  advance(stage);
  tells(last_event(program), "\"result\":\"cut\"");
}

/* Nothing listens there; finding that out takes its time, but none of the host's. */
static void waits_for_requests_that_are_under_way(void **state) {
  struct stage *stage = *state;
  struct program *program = &stage->program;
  start(program, "reaches");
  advance(stage);
  stage->now = stage->due;
  advance(stage);
  tells(last_event(program), "\"code\":\"refused\"");
  tells(last_event(program), "\"now\":1767225605000");
}

static void tells_each_line_that_runs(void **state) {
  struct stage *stage = *state;
  start(&stage->program, "lines");
  advance(stage);
  assert_int_equal(stage->program.finished, 1);
  assert_true(stage->lines[3] > 0 && stage->lines[4] > 0);
  assert_int_equal(stage->lines[6], 0);
}

static void try_to_advance(void *context, const char *run, const char *event) {
  struct program *program = context;
  int64_t due;
  on_event(context, run, event);
  refused(od_engine_advance(program->engine, &due, told), "misuse", "running already");
}

static void free_engine(void *context, const char *run, const char *event) {
  struct program *program = context;
  on_event(context, run, event);
  struct od_engine *engine = program->engine;
  program->engine = NULL;
  od_engine_free(engine);
}

struct pair {
  struct program *program;
  char endless[OD_RUN_SIZE];
};

static void end_the_other(void *context, const char *run, const char *event) {
  struct pair *pair = context;
  on_event(pair->program, run, event);
  if (pair->program->finished)
    od_run_cancel(pair->program->engine, pair->endless, NULL, NULL, NULL);
}

static void a_flow_that_never_waits_lets_others_work(void **state) {
  struct stage *stage = *state;
  struct program *program = &stage->program;
  struct pair pair = {.program = program};
  od_run_start(program->engine, "endless", "{}", NULL, NULL, pair.endless, NULL);
  od_run_start(program->engine, "asks", "{}", end_the_other, &pair, NULL, NULL);
  advance(stage);
  assert_int_equal(program->finished, 1);
}

static void may_be_freed_inside(void **state) {
  struct stage *stage = *state;
  struct program *program = &stage->program;
  od_run_start(program->engine, "short", "{}", free_engine, program, NULL, NULL);
  advance(stage);
  assert_null(program->engine);
  assert_true(stage->due == INT64_MAX);
}

static void stop_engine(void *context, const char *run, const char *event) {
  struct program *program = context;
  on_event(context, run, event);
  od_engine_stop(program->engine);
}

static void stops_when_asked_to(void **state) {
  struct stage *stage = *state;
  struct program *program = &stage->program;
  od_run_start(program->engine, "short", "{}", stop_engine, program, NULL, NULL);
  advance(stage);
  let_pass(stage);
  assert_int_equal(program->finished, 1);
}

static void refuses_what_makes_no_sense(void **state) {
  struct stage *stage = *state;
  struct program *program = &stage->program, other = {0};
  int64_t due;
  refused(od_engine_advance(NULL, &due, told), "misuse", "NULL");
  refused(od_engine_advance(program->engine, NULL, told), "misuse", "nowhere");
  od_run_start(program->engine, "short", "{}", try_to_advance, program, NULL, NULL);
  advance(stage);
  struct od_config config = config_of(&other);
  start_with(&other, &config);
  refused(od_engine_advance(other.engine, &due, told), "misuse", "system's clock");
  od_engine_free(other.engine);
}

static void tells_a_setting(void **state) {
  struct stage *stage = *state;
  struct program *program = &stage->program;
  struct od_config config = config_of(program);
  char *value = od_setting(&config, "scripts", NULL);
  assert_string_equal(value, "/nonexistent");
  od_text_free(value);
  refused(od_setting(&config, "keep", told), "missing", "engine.keep");
  refused(od_setting(&config, "nothing", told), "misuse", "engine.nothing");
  refused(od_setting(&config, NULL, told), "misuse", "which setting");
}

int main(void) {
#define STAGE(name) cmocka_unit_test_setup_teardown(name, set_stage, strike_stage)
  const struct CMUnitTest tests[] = {
      STAGE(goes_through_a_week_in_no_time),
      STAGE(does_not_let_time_pass_by_itself),
      STAGE(lets_the_host_be_late),
      STAGE(stands_in_for_the_network),
      STAGE(waits_for_requests_that_are_under_way),
      STAGE(tells_each_line_that_runs),
      STAGE(a_flow_that_never_waits_lets_others_work),
      STAGE(may_be_freed_inside),
      STAGE(stops_when_asked_to),
      STAGE(refuses_what_makes_no_sense),
      STAGE(tells_a_setting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
