/* Serving on a Unix socket, and what may stand in its place. */
#include "visitor.h"

#include <sys/stat.h>
#include <sys/un.h>

struct place {
  char folder[32];
  char path[64];    /* folder/control */
  char address[80]; /* unix:path */
};

static int make_place(void **state) {
  static struct place place;
  place = (struct place){.folder = "/tmp/outdial-local-XXXXXX"};
  assert_non_null(mkdtemp(place.folder));
  snprintf(place.path, sizeof place.path, "%s/control", place.folder);
  snprintf(place.address, sizeof place.address, "unix:%s", place.path);
  *state = &place;
  return 0;
}

static int remove_place(void **state) {
  struct place *place = *state;
  unlink(place->path);
  return rmdir(place->folder);
}

static int client_of(const struct place *place) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  memcpy(name.sun_path, place->path, sizeof place->path);
  int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_return_code(connect(client, (struct sockaddr *)&name, sizeof name), errno);
  return client;
}

static struct error refusal(const char *address) {
  struct stage stage = {.loop = ev_loop_new(EVFLAG_AUTO)};
  stage.plan = (struct http_server_plan){
      .address = address, .serve = stage_serve, .context = &stage};
  struct error error = {0};
  assert_null(http_server_new(stage.loop, &stage.plan, &error));
  assert_string_equal(error.code, "listen");
  ev_loop_destroy(stage.loop);
  return error;
}

static void assert_says(struct error error, const char *text) {
  if (!strstr(error.message, text)) fail_msg("\"%s\" lacks \"%s\"", error.message, text);
}

static void serves_its_owner_and_cleans_up(void **state) {
  struct place *place = *state;
  struct stage stage = {.plan.address = place->address};
  stage_open(&stage);
  struct stat found;
  assert_return_code(stat(place->path, &found), errno);
  assert_int_equal(found.st_mode & 0777, 0600);
  assert_int_equal(http_server_port(stage.server), 0);
  struct visitor visitor;
  visitor_on(&visitor, &stage, client_of(place));
  for (int i = 0; i < 2; i++) {
    visitor_get(&visitor, "/here");
    assert_answer(&visitor, 200, "/here");
  }
  visitor_leave(&visitor);
  stage_close(&stage);
  assert_int_equal(stat(place->path, &found), -1);
}

/* A socket whose server was killed keeps its name. */
static void leave_stale(const struct place *place) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  memcpy(name.sun_path, place->path, sizeof place->path);
  int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_return_code(bind(dead, (struct sockaddr *)&name, sizeof name), errno);
  close(dead);
}

static void replaces_a_stale_socket(void **state) {
  struct place *place = *state;
  leave_stale(place);
  struct stage stage = {.plan.address = place->address};
  stage_open(&stage);
  close(client_of(place));
  stage_close(&stage);
}

static void leaves_a_living_one_alone(void **state) {
  struct place *place = *state;
  struct stage stage = {.plan.address = place->address};
  stage_open(&stage);
  assert_says(refusal(place->address), "another program listens there");
  close(client_of(place));
  stage_close(&stage);
}

static void leaves_what_is_no_socket_alone(void **state) {
  struct place *place = *state;
  FILE *file = fopen(place->path, "w");
  assert_non_null(file);
  fclose(file);
  assert_says(refusal(place->address), "is no socket");
  struct stat found;
  assert_return_code(stat(place->path, &found), errno);
  unlink(place->path);
  assert_return_code(symlink("/dev/null", place->path), errno);
  assert_says(refusal(place->address), "is no socket");
}

static void leaves_the_name_when_it_is_anothers_by_now(void **state) {
  struct place *place = *state;
  struct stage stage = {.plan.address = place->address};
  stage_open(&stage);
  unlink(place->path);
  leave_stale(place);
  stage_close(&stage);
  struct stat found;
  assert_return_code(stat(place->path, &found), errno);
}

static void says_why_a_path_will_not_do(void **state) {
  (void)state;
  char longest[160] = "unix:/tmp/";
  memset(longest + 10, 'x', 130);
  assert_says(refusal(longest), "1 to 107 bytes");
  assert_says(refusal("unix:"), "1 to 107 bytes");
  assert_says(refusal("unix:/nowhere/control"),
              "cannot listen on /nowhere/control: No such file or directory");
}

int main(void) {
#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)
  const struct CMUnitTest tests[] = {
      PLACE_TEST(serves_its_owner_and_cleans_up),
      PLACE_TEST(replaces_a_stale_socket),
      PLACE_TEST(leaves_a_living_one_alone),
      PLACE_TEST(leaves_what_is_no_socket_alone),
      PLACE_TEST(leaves_the_name_when_it_is_anothers_by_now),
      cmocka_unit_test(says_why_a_path_will_not_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
