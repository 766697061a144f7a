/* Lookups that are shared, bounded, kept and never waited for. */
#include "http/names.h"
#include "http/resolver.h"
#include "http/scripted.h"

struct asked {
  bool done;
  unsigned calls;
  char addresses[100], reason[100];
};

static void note(void *context, const char *addresses, const char *reason) {
  struct asked *asked = context;
  asked->done = true;
  asked->calls++;
  assert_true((addresses == NULL) != (reason == NULL));
  if (addresses) snprintf(asked->addresses, sizeof asked->addresses, "%s", addresses);
  if (reason) snprintf(asked->reason, sizeof asked->reason, "%s", reason);
}

struct pair {
  struct ev_loop *loop;
  struct resolver *resolver;
};

static int setup(void **state) {
  struct pair *pair = calloc(1, sizeof *pair);
  pair->loop = ev_loop_new(EVFLAG_AUTO);
  pair->resolver = resolver_new(pair->loop);
  *state = pair;
  return 0;
}

static int teardown(void **state) {
  struct pair *pair = *state;
  if (pair->resolver) resolver_free(pair->resolver);
  ev_loop_destroy(pair->loop);
  free(pair);
  return 0;
}

static void a_name_is_kept_until_it_is_forgotten(void **state) {
  struct pair *pair = *state;
  struct asked asked = {0};
  assert_null(resolver_known(pair->resolver, "service.test"));
  resolver_ask(pair->resolver, "service.test", note, &asked);
  assert_int_equal(asked.calls, 0);
  run_until(pair->loop, &asked.done);
  assert_string_equal(asked.addresses, "127.0.0.1");
  assert_string_equal(resolver_known(pair->resolver, "SERVICE.test"), "127.0.0.1");
  resolver_forget(pair->resolver, "service.test");
  assert_null(resolver_known(pair->resolver, "service.test"));
}

static void a_failure_says_why_and_is_not_kept(void **state) {
  struct pair *pair = *state;
  struct asked asked = {0};
  resolver_ask(pair->resolver, "missing.test", note, &asked);
  run_until(pair->loop, &asked.done);
  assert_string_equal(asked.reason, gai_strerror(EAI_NONAME));
  assert_null(resolver_known(pair->resolver, "missing.test"));
}

static void addresses_of_both_families_are_written_for_libcurl(void **state) {
  struct pair *pair = *state;
  struct asked asked = {0};
  resolver_ask(pair->resolver, "2001:db8::7", note, &asked);
  run_until(pair->loop, &asked.done);
  assert_string_equal(asked.addresses, "[2001:db8::7]");
}

static void askers_for_one_name_share_a_lookup(void **state) {
  struct pair *pair = *state;
  struct asked asked[3] = {{0}};
  struct resolver_query *queries[3];
  for (unsigned i = 0; i < 3; i++)
    queries[i] = resolver_ask(pair->resolver, "stuck.test", note, &asked[i]);
  names_wait_stuck(1);
  resolver_drop(queries[1]);
  assert_int_equal(names_release(), 1);
  run_until(pair->loop, &asked[2].done);
  assert_int_equal(asked[0].calls, 1);
  assert_int_equal(asked[1].calls, 0);
  assert_int_equal(asked[2].calls, 1);
  assert_string_equal(asked[0].reason, gai_strerror(EAI_AGAIN));
}

enum { AT_ONCE = 16 }; /* as in resolver.c */

static void lookups_at_once_are_bounded(void **state) {
  struct pair *pair = *state;
  struct asked asked[AT_ONCE + 3] = {{0}};
  struct resolver_query *queries[AT_ONCE + 3];
  for (unsigned i = 0; i < AT_ONCE + 2; i++) {
    char host[32];
    snprintf(host, sizeof host, "stuck%u.test", i);
    queries[i] = resolver_ask(pair->resolver, host, note, &asked[i]);
  }
  queries[AT_ONCE + 2] =
      resolver_ask(pair->resolver, "service.test", note, &asked[AT_ONCE + 2]);
  names_wait_stuck(AT_ONCE);
  resolver_drop(queries[AT_ONCE]); /* these two never got a thread */
  resolver_drop(queries[AT_ONCE + 1]);
  names_asked();
  assert_int_equal(names_release(), AT_ONCE);
  run_until(pair->loop, &asked[AT_ONCE + 2].done); /* it had waited its turn */
  assert_int_equal(names_asked(), 1);
  for (unsigned i = 0; i < AT_ONCE; i++) run_until(pair->loop, &asked[i].done);
  assert_int_equal(asked[AT_ONCE].calls + asked[AT_ONCE + 1].calls, 0);
}

static void many_names_are_not_kept_for_ever(void **state) {
  struct pair *pair = *state;
  for (unsigned i = 0; i < 600; i++) {
    struct asked asked = {0};
    char host[32];
    snprintf(host, sizeof host, "127.0.%u.%u", i / 200, i % 200);
    resolver_ask(pair->resolver, host, note, &asked);
    run_until(pair->loop, &asked.done);
    assert_string_equal(asked.addresses, host);
  }
  assert_null(resolver_known(pair->resolver, "127.0.0.0"));
  assert_string_equal(resolver_known(pair->resolver, "127.0.2.199"), "127.0.2.199");
}

static void freeing_waits_for_nobody(void **state) {
  struct pair *pair = *state;
  struct asked asked = {0};
  resolver_ask(pair->resolver, "stuck.test", note, &asked);
  names_wait_stuck(1);
  resolver_free(pair->resolver);
  pair->resolver = NULL;
  assert_int_equal(names_release(), 1);
  assert_int_equal(asked.calls, 0);
}

static void a_resolver_does_not_keep_the_loop_running(void **state) {
  struct pair *pair = *state;
  struct asked asked = {0};
  resolver_ask(pair->resolver, "stuck.test", note, &asked);
  names_wait_stuck(1);
  ev_run(pair->loop, 0); /* would not return */
  assert_int_equal(names_release(), 1);
}

#define SPEC(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      SPEC(a_name_is_kept_until_it_is_forgotten),
      SPEC(a_failure_says_why_and_is_not_kept),
      SPEC(addresses_of_both_families_are_written_for_libcurl),
      SPEC(askers_for_one_name_share_a_lookup),
      SPEC(lookups_at_once_are_bounded),
      SPEC(many_names_are_not_kept_for_ever),
      SPEC(freeing_waits_for_nobody),
      SPEC(a_resolver_does_not_keep_the_loop_running),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
