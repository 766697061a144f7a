/* Scripts of an engine that serves inside of a host: engine/live.c. */
#include "engine/program.h"

#include <ev.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
  struct program program;
  char path[64];
  char scripts[96]; /* the setting */
  const char *settings[8];
  struct ev_loop *loop;
};

static void put(const struct folder *folder, const char *name, int answer) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder->path, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fprintf(file, FLOW("return %d"), answer);
  fclose(file);
}

static int make(void **state) {
  struct folder *folder = calloc(1, sizeof *folder);
  char path[128];
  snprintf(folder->path, sizeof folder->path, "/tmp/live-XXXXXX");
  assert_non_null(mkdtemp(folder->path));
  snprintf(path, sizeof path, "%s/flows", folder->path);
  assert_int_equal(mkdir(path, 0700), 0);
  snprintf(folder->scripts, sizeof folder->scripts, "engine.scripts=%s", folder->path);
  const char *settings[] = {"engine.store=memory:live", "engine.hooks=host",
                            "engine.public_url=http://127.0.0.1:1", "engine.control=none",
                            folder->scripts};
  memcpy(folder->settings, settings, sizeof settings);
  folder->loop = ev_loop_new(EVFLAG_AUTO);
  put(folder, "flows/talk.lua", 1);
  *state = folder;
  return 0;
}

static int drop(void **state) {
  struct folder *folder = *state;
  char command[128];
  od_engine_free(folder->program.engine);
  ev_loop_destroy(folder->loop);
  snprintf(command, sizeof command, "rm -r %s", folder->path);
  assert_int_equal(system(command), 0);
  free(folder);
  return 0;
}

static void serve(struct folder *folder) {
  struct od_config config = {.size = sizeof config,
                             .settings = folder->settings,
                             .scripts = flows,
                             .loop = folder->loop};
  start_with(&folder->program, &config);
  assert_true(od_engine_serve(folder->program.engine, &folder->program.error));
}

/* Runs the flow on the host's loop; its result. */
static int answer_of(struct folder *folder, const char *flow) {
  struct program *program = &folder->program;
  const char *result;
  program->told = program->finished = 0;
  start(program, flow);
  while (program->finished == 0) ev_run(folder->loop, EVRUN_ONCE);
  result = strstr(last_event(program), "\"result\":");
  return result ? atoi(result + 9) : -1;
}

static void await(struct folder *folder, const char *flow, int answer) {
  ev_now_update(folder->loop);
  ev_tstamp until = ev_time() + 30; /* only a broken engine takes so long */
  while (answer_of(folder, flow) != answer)
    if (ev_time() > until) fail_msg("the edit of %s is not live", flow);
}

static void takes_edits_on_the_host_s_loop(void **state) {
  struct folder *folder = *state;
  serve(folder);
  assert_int_equal(answer_of(folder, "talk"), 1);
  put(folder, "flows/talk.lua", 2);
  await(folder, "talk", 2);
}

static void prefers_the_host_s_scripts_in_memory(void **state) {
  struct folder *folder = *state;
  put(folder, "flows/short.lua", 1);
  serve(folder);
  assert_int_equal(answer_of(folder, "short"), 7);
  put(folder, "flows/short.lua", 2);
  put(folder, "flows/talk.lua", 2);
  await(folder, "talk", 2);
  assert_int_equal(answer_of(folder, "short"), 7);
}

static void runs_what_is_asked_for_by_path_as_it_is(void **state) {
  struct folder *folder = *state;
  char path[128];
  serve(folder);
  put(folder, "other.lua", 3);
  snprintf(path, sizeof path, "%s/other.lua", folder->path);
  assert_int_equal(answer_of(folder, path), 3);
}

static void refuses_what_is_not_live_yet(void **state) {
  struct folder *folder = *state;
  struct program *program = &folder->program;
  serve(folder);
  put(folder, "flows/fresh.lua", 4);
  refused(od_run_start(program->engine, "fresh", "{}", NULL, NULL, program->run, told),
          "usage", "is not live yet");
}

static void may_be_freed_before_it_has_looked(void **state) {
  struct folder *folder = *state;
  serve(folder);
  put(folder, "flows/talk.lua", 2);
  ev_run(folder->loop, EVRUN_NOWAIT); /* it knows that there is something to look at */
  od_engine_free(folder->program.engine);
  folder->program.engine = NULL;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make, drop)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(takes_edits_on_the_host_s_loop),
      TEST(prefers_the_host_s_scripts_in_memory),
      TEST(runs_what_is_asked_for_by_path_as_it_is),
      TEST(refuses_what_is_not_live_yet),
      TEST(may_be_freed_before_it_has_looked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
