/* Runs that could not be brought back when they were due. */
#include "life.h"

static const char tin[] =
    "local outdial = require 'outdial'\n"
    "return outdial.provider { settings = {}, accepts = { message = true },\n"
    "  duplicate = 'none', place = function() return { state = 'completed' } end }\n";

static const char calls[] = FLOW(
    "outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait() "
    "outdial.sleep(60) return 'rested'");

/* Another engine, which has not got the provider. */
static void lose_provider(struct life *life) {
  life_end(life);
  shelf_free(life->shelf);
  life->shelf = shelf_new("/nonexistent", &life->error);
  life_begin(life);
  runs_recover(life->runs);
}

static void a_sleep_whose_call_has_no_provider_any_more_ends_when_it_has(void **state) {
  struct life *life = *state;
  life_put(life, "providers/tin.lua", tin);
  life_put(life, "flows/calls.lua", calls);
  start(life, "calls", NULL);
  until(life, strstr(life->said, "has left memory"));
  lose_provider(life);
  until(life, runs_are_recovered(life->runs));
  pass_time(life, MINUTE);
  until(life, strstr(life->said, "cannot go on: "));
  assert_int_equal(in_memory(life), 0);
  life_put(life, "providers/tin.lua", tin);
  runs_retry(life->runs);
  until(life, life->finished == 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_sleep_whose_call_has_no_provider_any_more_ends_when_it_has),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
