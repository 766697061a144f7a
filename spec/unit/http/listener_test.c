/* Addresses that can be listened on, and the sentences for those that cannot. */
#include "visitor.h"

static struct error refusal(const char *address, unsigned short port) {
  struct stage stage = {.loop = ev_loop_new(EVFLAG_AUTO)};
  stage.plan = (struct http_server_plan){
      .address = address, .port = port, .serve = stage_serve, .context = &stage};
  struct error error = {0};
  assert_null(http_server_new(stage.loop, &stage.plan, &error));
  assert_string_equal(error.code, "listen");
  ev_loop_destroy(stage.loop);
  return error;
}

static void assert_says(struct error error, const char *text) {
  if (!strstr(error.message, text)) fail_msg("\"%s\" lacks \"%s\"", error.message, text);
}

static void says_that_the_port_is_taken(void **state) {
  (void)state;
  struct stage stage = {0};
  stage_open(&stage);
  unsigned short port = http_server_port(stage.server);
  assert_int_not_equal(port, 0);
  struct error error = refusal("127.0.0.1", port);
  char where[64];
  snprintf(where, sizeof where, "cannot listen on 127.0.0.1:%u: ", port);
  assert_says(error, where);
  assert_says(error, "choose another port");
  stage_close(&stage);
}

static void says_that_the_address_is_not_ours(void **state) {
  (void)state;
  struct error error = refusal("192.0.2.1", 8080); /* TEST-NET-1, RFC 5737 */
  assert_says(error, "cannot listen on 192.0.2.1:8080: ");
  assert_says(error, "no such address");
}

static void wants_the_address_in_numbers(void **state) {
  (void)state;
  assert_says(refusal("webhooks.example", 80), "cannot listen on webhooks.example:80: ");
  assert_says(refusal("webhooks.example", 80), "in numbers");
  assert_says(refusal("", 80), "in numbers");
  assert_says(refusal("1.2.3.4.5", 80), "in numbers");
  assert_says(refusal("::zz", 80), "cannot listen on [::zz]:80: ");
}

static void listens_again_where_it_just_was(void **state) {
  (void)state;
  struct stage stage = {0};
  stage_open(&stage);
  struct visitor visitor;
  visitor_open(&visitor, &stage);
  visitor_get(&visitor, "/");
  assert_answer(&visitor, 200, "/");
  unsigned short port = http_server_port(stage.server);
  stage_close(&stage); /* closes first, so its side of the connection lingers */
  close(visitor.socket);
  buffer_free(&visitor.received);
  struct stage again = {.plan.port = port};
  stage_open(&again);
  assert_int_equal(http_server_port(again.server), port);
  stage_close(&again);
}

static void serves_ipv6(void **state) {
  (void)state;
  int client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
  if (client < 0 || bind(client, (struct sockaddr *)&address, sizeof address) != 0)
    skip(); /* this machine has no IPv6 */
  struct stage stage = {.plan.address = "::1"};
  stage_open(&stage);
  address.sin6_port = htons(http_server_port(stage.server));
  assert_return_code(connect(client, (struct sockaddr *)&address, sizeof address), errno);
  struct visitor visitor = {.stage = &stage, .socket = client};
  ev_io_init(&visitor.readable, visitor_read, client, EV_READ);
  visitor.readable.data = &visitor;
  ev_io_start(stage.loop, &visitor.readable);
  visitor_get(&visitor, "/six");
  assert_answer(&visitor, 200, "/six");
  visitor_leave(&visitor);
  stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(says_that_the_port_is_taken),
      cmocka_unit_test(says_that_the_address_is_not_ours),
      cmocka_unit_test(wants_the_address_in_numbers),
      cmocka_unit_test(listens_again_where_it_just_was),
      cmocka_unit_test(serves_ipv6),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
