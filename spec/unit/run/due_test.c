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

/* --- somebody slow to hear what the store has of a run --- */

static struct {
  int asked; /* how often for the rows of a run, since it was armed */
  bool armed;
  store_answer_fn answer;
  void *context;
  char *json; /* what the second was answered, and was not told yet */
} slow;

bool __real_store_ask(struct store *store, enum store_question kind,
                      const char *const *values, store_answer_fn answer, void *context);
bool __wrap_store_ask(struct store *store, enum store_question kind,
                      const char *const *values, store_answer_fn answer, void *context);

static void keep(void *context, const char *json, const struct error *error) {
  (void)context, (void)error;
  slow.json = strdup(json);
}

bool __wrap_store_ask(struct store *store, enum store_question kind,
                      const char *const *values, store_answer_fn answer, void *context) {
  bool kept = slow.armed && kind == STORE_RUN && ++slow.asked == 2;
  if (kept) slow.answer = answer, slow.context = context;
  return __real_store_ask(store, kind, values, kept ? keep : answer, context);
}

static void hear_late(void) {
  if (slow.json) slow.answer(slow.context, slow.json, NULL);
  free(slow.json);
  slow.armed = false;
}

/* What became of what was asked for: "done", or an error's code. */
static void note(void *context, const struct error *error) {
  snprintf(context, sizeof error->code, "%s", error ? error->code : "done");
}

/* It would go on from there, and place its calls again. */
static void a_run_does_not_come_back_as_it_was_before_it_ended(void **state) {
  struct life *life = *state;
  char run[ID_RUN_SIZE], ends[2][32] = {"", ""};
  start(life, "rests", run);
  until(life, in_memory(life) == 0);
  slow.armed = true;
  for (int i = 0; i < 2; i++) runs_cancel(life->runs, run, note, ends[i]);
  until(life, life->finished == 1 && in_memory(life) == 0);
  hear_late();
  assert_int_equal(in_memory(life), 0);
  until(life, ends[0][0] && ends[1][0]);
  assert_string_equal(ends[0], "done");
  assert_string_equal(ends[1], "done");
}

static void a_run_is_not_meant_by_what_only_begins_like_its_id(void **state) {
  struct life *life = *state;
  char run[ID_RUN_SIZE], longer[ID_RUN_SIZE + 1], end[32] = "";
  start(life, "rests", run);
  snprintf(longer, sizeof longer, "%sx", run);
  runs_cancel(life->runs, longer, note, end);
  until(life, end[0]);
  assert_string_equal(end, "missing");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_run_is_not_meant_by_what_only_begins_like_its_id),
      TEST(a_run_does_not_come_back_as_it_was_before_it_ended),
      TEST(a_sleep_whose_call_has_no_provider_any_more_ends_when_it_has),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
