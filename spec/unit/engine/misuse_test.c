/* What breaks a rule of the header is refused with a sentence, and changes nothing:
 * engine/look.c, engine_control.c, audio.c, serving.c, engine_runs.c, engine_loop.c. */
#include "program.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- what is not said --- */

static void refuses_a_look_at_nothing(void **state) {
  struct program *program = *state;
  struct od_config config = config_of(program);
  struct od_filter filter = {0};
  refused(od_list_runs(&config, NULL, told), "misuse", "od_filter");
  refused(od_list_runs(&config, &filter, told), "misuse", "od_filter");
  refused(od_show_run(&config, NULL, told), "misuse", "which run");
  refused(od_replay_run(&config, NULL, NULL, told), "misuse", "which run");
  refused(od_list_versions(&config, NULL, "pin", told), "misuse", "which kind");
  refused(od_list_versions(&config, "flow", NULL, told), "misuse", "which script");
  refused(od_show_version(&config, "flow", NULL, NULL, told), "misuse", "which script");
  refused(od_copy_store(&config, NULL, told), "misuse", "which file");
}

static void refuses_to_ask_nothing_of_an_engine(void **state) {
  struct program *program = *state;
  struct od_config config = config_of(program);
  struct od_demand none = {.size = sizeof none}, demand = none, sizeless = {0};
  char *answer;
  demand.method = "GET";
  demand.path = "/runs";
  refused(od_control(&config, NULL, &answer, told), "misuse", "od_demand");
  refused(od_control(&config, &sizeless, &answer, told), "misuse", "od_demand");
  refused(od_control(&config, &none, &answer, told), "misuse", "method and path");
  refused(od_control(&config, &demand, NULL, told), "misuse", "place for the answer");
  refused(od_control(NULL, &demand, &answer, told), "misuse", "od_config");
}

static void refuses_audio_that_is_none(void **state) {
  struct program *program = *state;
  struct od_audio sizeless = {0};
  assert_null(od_audio_check(NULL, NULL));
  assert_null(od_audio_check("a.wav", &sizeless));
  assert_null(od_audio_check_bytes(NULL, 1, NULL));
  assert_null(od_audio_check_bytes("a", 1, &sizeless));
  refused(od_audio_fix(NULL, "a.wav", NULL, told), "misuse", "files");
  refused(od_audio_plot("a.wav", NULL, NULL, told), "misuse", "files");
  refused(od_audio_fix("a.wav", "b.wav", &sizeless, told), "misuse", "od_audio");
}

static void refuses_parameters_that_no_flow_can_hold(void **state) {
  struct program *program = *state;
  char params[1024] = "{\"x\":";
  size_t length = strlen(params);
  memset(params + length, '[', 400);
  memset(params + length + 400, ']', 400);
  strcpy(params + length + 800, "}");
  refused(od_run_start(program->engine, "short", params, NULL, NULL, NULL, told), "usage",
          "nested too deep");
}

/* --- twice --- */

static void serves_once(void **state) {
  struct program *program = *state;
  assert_true(od_engine_serve(program->engine, NULL));
  refused(od_engine_serve(program->engine, told), "misuse", "serves already");
}

static int listen_anywhere(struct sockaddr_in *address) {
  socklen_t size = sizeof *address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  *address = (struct sockaddr_in){.sin_family = AF_INET};
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(listener, (struct sockaddr *)address, size), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)address, &size), 0);
  return listener;
}

/* What it had begun with then is there, and not made once more. */
static void serves_after_an_attempt_that_failed(void **state) {
  struct program *program = *state;
  struct sockaddr_in taken;
  int listener = listen_anywhere(&taken);
  char hooks[64], control[64];
  snprintf(hooks, sizeof hooks, "engine.hooks=127.0.0.1:%d", ntohs(taken.sin_port));
  snprintf(control, sizeof control, "engine.control=/tmp/outdial-%d.socket", getpid());
  const char *const settings[] = {"engine.store=memory:",
                                  "engine.keep=30d",
                                  "engine.public_url=http://127.0.0.1:1",
                                  hooks,
                                  control,
                                  NULL};
  struct od_config config = config_of(program);
  config.settings = settings;
  od_engine_free(program->engine);
  start_with(program, &config);
  refused(od_engine_serve(program->engine, told), "listen", "");
  close(listener);
  assert_true(od_engine_serve(program->engine, &program->error));
}

/* --- told in any case --- */

static void replies_though_nothing_is_under_way(void **state) {
  struct program *program = *state;
  struct od_webhook webhook = {
      .size = sizeof webhook, .method = "POST", .target = "nowhere/%00"};
  assert_true(od_webhook(program->engine, &webhook, on_reply, program, NULL));
  loop(program);
  assert_int_equal(program->replies, 1);
  assert_int_equal(program->status, 404);
}

static void keep_id(void *context, const struct od_request *request) {
  *(uint64_t *)context = request->id;
}

/* Its flow comes to its end all the same, in the turn in which it was canceled. */
static void a_run_that_was_canceled_is_not_completed(void **state) {
  struct program *program = *state;
  uint64_t id = 0;
  assert_true(od_host_function(program->engine, "f", keep_id, &id, NULL));
  start(program, "asks");
  while (!id) assert_true(od_engine_drain(program->engine, 0.01, NULL));
  assert_true(od_host_answer(program->engine, id, "1", NULL));
  assert_true(od_run_cancel(program->engine, program->run, on_done, program, NULL));
  loop(program);
  assert_int_equal(program->finished, 1);
  assert_int_equal(program->done, 1);
  assert_string_equal(program->last.code, "");
  tells(last_event(program), "\"state\":\"canceled\"");
  tells(last_event(program), "\"code\":\"canceled\"");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(refuses_a_look_at_nothing),
      TEST(refuses_to_ask_nothing_of_an_engine),
      TEST(refuses_audio_that_is_none),
      TEST(refuses_parameters_that_no_flow_can_hold),
      TEST(serves_once),
      TEST(serves_after_an_attempt_that_failed),
      TEST(replies_though_nothing_is_under_way),
      TEST(a_run_that_was_canceled_is_not_completed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
