#include "bench.h"

#include <sys/wait.h>

static void keeps_a_script(void **state) {
  struct bench *bench = *state;
  char source[] = "return 'a\0b' -- \xc3\xa9";
  struct store_script script = {.hash = "h1",
                                .kind = "flow",
                                .name = "pin",
                                .source = source,
                                .source_length = sizeof source - 1,
                                .loaded = 7};
  store_script(bench->store, &script);
  memset(source, '?', sizeof source);
  is_well(outcome(bench));
  shows(bench, "SELECT hash, kind, name, hex(source), loaded FROM script",
        "h1|flow|pin|72657475726E202761006227202D2D20C3A9|7");
}

static void keeps_a_run_and_the_newest_of_it(void **state) {
  struct bench *bench = *state;
  queue_bulk(bench, "h1", 1);
  struct store_run run = {.id = "r1",
                          .flow = "pin",
                          .script = "h1",
                          .manifest = "{\"outdial\":\"h2\"}",
                          .params = "{\"to\":\"+15550100\"}",
                          .state = "running",
                          .created = 11};
  store_run(bench->store, &run);
  is_well(outcome(bench));
  const char *query =
      "SELECT id, flow, script, manifest, params, state, result, error,"
      " created, finished FROM run";
  shows(bench, query,
        "r1|pin|h1|{\"outdial\":\"h2\"}|{\"to\":\"+15550100\"}|running|-|-|11|-");
  run.state = "completed";
  run.result = "{\"accepted\":true}";
  run.error = "{\"code\":\"busy\"}";
  run.finished = 12;
  store_run(bench->store, &run);
  is_well(outcome(bench));
  shows(bench, query,
        "r1|pin|h1|{\"outdial\":\"h2\"}|{\"to\":\"+15550100\"}|completed|"
        "{\"accepted\":true}|{\"code\":\"busy\"}|11|12");
  shows(bench, "SELECT count(*) FROM run", "1");
}

static void keeps_an_op_and_then_its_result(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  struct store_op op = {.run = "r1",
                        .seq = 3,
                        .op = "collect",
                        .args = "{\"max_digits\":4}",
                        .digest = "d1",
                        .line = 17,
                        .started = 21};
  store_op(bench->store, &op);
  is_well(outcome(bench));
  const char *query =
      "SELECT run, seq, op, args, digest, line, result, started,"
      " finished FROM op";
  shows(bench, query, "r1|3|collect|{\"max_digits\":4}|d1|17|-|21|-");
  op.result = "[\"1234\"]";
  op.finished = 22;
  store_op(bench->store, &op);
  is_well(outcome(bench));
  shows(bench, query, "r1|3|collect|{\"max_digits\":4}|d1|17|[\"1234\"]|21|22");
}

static void keeps_a_call_and_the_newest_of_it(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  struct store_call call = {.id = "c1",
                            .run = "r1",
                            .number = 2,
                            .provider = "routee",
                            .sender = "Company",
                            .recipient = "+15550100",
                            .state = "submitting",
                            .token = "t1",
                            .request = "POST /",
                            .digest = "d1",
                            .not_after = 31,
                            .submitted = 32,
                            .updated = 33};
  store_call(bench->store, &call);
  is_well(outcome(bench));
  const char *query =
      "SELECT id, run, number, provider, sender, recipient, state, reason, reference,"
      " token, cursor, request, digest, detail, not_after, submitted, updated FROM call";
  shows(bench, query,
        "c1|r1|2|routee|Company|+15550100|submitting|-|-|t1|-|POST /|d1|-|31|32|33");
  call.state = "failed";
  call.reason = "busy";
  call.reference = "ref";
  call.cursor = "next";
  call.detail = "{\"cost\":1}";
  call.updated = 34;
  store_call(bench->store, &call);
  is_well(outcome(bench));
  shows(bench, query,
        "c1|r1|2|routee|Company|+15550100|failed|busy|ref|t1|next|POST /|d1|"
        "{\"cost\":1}|31|32|34");
}

static void keeps_the_first_run_that_a_key_asked_for(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  queue_run(bench, "r2", "running");
  store_request(bench->store,
                &(struct store_request){.key = "k", .run = "r1", .digest = "d1"});
  store_request(bench->store,
                &(struct store_request){.key = "k", .run = "r2", .digest = "d2"});
  is_well(outcome(bench));
  shows(bench, "SELECT key, run, digest FROM request", "k|r1|d1");
}

static void keeps_each_time_a_script_went_live(void **state) {
  struct bench *bench = *state;
  queue_bulk(bench, "h1", 1);
  for (int i = 0; i < 2; i++)
    store_live(bench->store,
               &(struct store_live){
                   .kind = "flow", .name = "pin", .hash = "h1", .since = 7 + i});
  is_well(outcome(bench));
  shows(bench, "SELECT group_concat(name || script || since) FROM live", "pinh17,pinh18");
}

static void forgets_a_finished_run_with_all_of_it(void **state) {
  struct bench *bench = *state;
  struct store_run run = {
      .id = "r1", .flow = "pin", .state = "completed", .created = 1, .finished = 2};
  store_run(bench->store, &run);
  queue_call(bench, "c1", "r1");
  queue_event(bench, "c1", "e1", "{}", NULL);
  store_op(bench->store, &(struct store_op){.run = "r1", .seq = 1, .op = "now"});
  store_request(bench->store,
                &(struct store_request){.key = "k", .run = "r1", .digest = "d"});
  store_forget(bench->store, "r1");
  is_well(outcome(bench));
  shows(bench,
        "SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM call) +"
        " (SELECT count(*) FROM op) + (SELECT count(*) FROM event) +"
        " (SELECT count(*) FROM request)",
        "0");
}

static void forgets_no_unfinished_run(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "unknown");
  store_forget(bench->store, "r1");
  is_well(outcome(bench));
  shows(bench, "SELECT id FROM run", "r1");
}

static void keeps_events_in_order_of_arrival(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  queue_call(bench, "c1", "r1");
  queue_event(bench, "c1", "z", "{}", NULL);
  queue_event(bench, "c1", "a", "{\"n\":1}", "{\"verbs\":[]}");
  is_well(outcome(bench));
  shows(bench,
        "SELECT group_concat(key, '') FROM (SELECT key FROM event ORDER BY arrival)",
        "za");
  shows(bench,
        "SELECT call, key, kind, source, payload, answer, received FROM event"
        " WHERE key = 'a'",
        "c1|a|digits|webhook|{\"n\":1}|{\"verbs\":[]}|5");
}

static void a_duplicate_event_brings_no_more_than_its_answer(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  queue_call(bench, "c1", "r1");
  queue_event(bench, "c1", "k", "first", NULL);
  queue_event(bench, "c1", "k", "second", NULL);
  queue_event(bench, "c1", "k", "third", "answer");
  queue_event(bench, "c1", "k", "fourth", "another");
  is_well(outcome(bench));
  shows(bench, "SELECT payload, answer, count(*) FROM event", "first|answer|1");
}

static void the_first_of_equal_scripts_stays(void **state) {
  struct bench *bench = *state;
  queue_bulk(bench, "h1", 3);
  queue_bulk(bench, "h1", 5);
  is_well(outcome(bench));
  shows(bench, "SELECT source, count(*) FROM script", "xxx|1");
}

static void rows_are_on_disk_when_the_sync_is_called(void **state) {
  struct bench *bench = *state;
  bench->query = "SELECT count(*) FROM run";
  queue_run(bench, "r1", "running");
  sync_store(bench);
  queue_run(bench, "r2", "running");
  sync_store(bench);
  assert_int_equal(bench->told, 0);
  ev_run(bench->loop, 0);
  assert_int_equal(bench->told, 2);
  assert_int_not_equal(atoi(bench->seen[0]), 0);
  assert_string_equal(bench->seen[1], "2");
}

static void a_sync_needs_no_rows_but_waits_its_turn(void **state) {
  struct bench *bench = *state;
  sync_store(bench);
  assert_int_equal(bench->told, 0);
  ev_run(bench->loop, 0);
  assert_int_equal(bench->told, 1);
  is_well(&bench->tale[0]);
}

/* The first batch is with the writer when the sync without rows is asked. */
static void a_sync_waits_for_the_rows_under_way(void **state) {
  struct bench *bench = *state;
  bench->query = "SELECT count(*) FROM run";
  queue_run(bench, "r1", "running");
  ev_run(bench->loop, EVRUN_NOWAIT);
  sync_store(bench);
  ev_run(bench->loop, 0);
  assert_string_equal(bench->seen[0], "1");
}

static void rows_are_written_without_a_sync(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  ev_run(bench->loop, 0);
  shows(bench, "SELECT count(*) FROM run", "1");
}

static void a_turn_of_the_loop_makes_one_commit(void **state) {
  struct bench *bench = *state;
  char id[16];
  for (int i = 0; i < 100; i++) {
    snprintf(id, sizeof id, "r%d", i);
    queue_run(bench, id, "running");
    if (i % 20 == 0) sync_store(bench);
  }
  struct store_figures figures;
  store_measure(bench->store, &figures);
  assert_int_equal(figures.waiting, 100);
  ev_run(bench->loop, 0);
  assert_int_equal(bench->told, 5);
  store_measure(bench->store, &figures);
  assert_int_equal(figures.rows, 100);
  assert_int_equal(figures.commits, 1);
  assert_int_equal(figures.waiting, 0);
}

static void queue_more(void *context, const struct error *error) {
  struct bench *bench = context;
  assert_null(error);
  queue_run(bench, "r2", "running");
  sync_store(bench);
}

static void a_sync_may_queue_more(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  assert_true(store_sync(bench->store, queue_more, bench));
  ev_run(bench->loop, 0);
  assert_int_equal(bench->told, 1);
  shows(bench, "SELECT count(*) FROM run", "2");
}

static void close_writes_what_is_queued(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  assert_true(store_sync(bench->store, queue_more, bench));
  close_store(bench);
  assert_int_equal(bench->told, 1);
  is_well(&bench->tale[0]);
  shows(bench, "SELECT count(*) FROM run", "2");
}

static void close_leaves_one_file(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  assert_true(exists(bench->folder.path, "-wal"));
  close_store(bench);
  assert_true(exists(bench->folder.path, ""));
  assert_false(exists(bench->folder.path, "-wal"));
  assert_false(exists(bench->folder.path, "-shm"));
  assert_false(exists(bench->folder.path, "-lock"));
}

static void close_goes_after_a_batch_under_way(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  sync_store(bench);
  ev_run(bench->loop, EVRUN_NOWAIT);
  queue_run(bench, "r2", "running");
  sync_store(bench);
  close_store(bench);
  assert_int_equal(bench->told, 2);
  shows(bench, "SELECT count(*) FROM run", "2");
}

static void an_open_store_finds_the_rows_of_the_last(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  close_store(bench);
  open_store(bench);
  queue_call(bench, "c1", "r1");
  is_well(outcome(bench));
  shows(bench, "SELECT run FROM call", "r1");
}

static void a_second_engine_is_refused(void **state) {
  struct bench *bench = *state;
  assert_null(store_open(bench->loop, bench->folder.path, NULL, &bench->folder.error));
  says(&bench->folder.error, "in use by another engine");
  queue_run(bench, "r1", "running");
  is_well(outcome(bench));
}

static void another_way_to_the_same_file_is_refused_too(void **state) {
  struct bench *bench = *state;
  char path[160];
  snprintf(path, sizeof path, "%s/../%s/store.db", bench->folder.name,
           strrchr(bench->folder.name, '/') + 1);
  assert_null(store_open(bench->loop, path, NULL, &bench->folder.error));
  says(&bench->folder.error, "in use by another engine");
}

static void a_file_of_others_is_refused(void **state) {
  struct bench *bench = *state;
  close_store(bench);
  run_outside(bench->folder.path, "PRAGMA application_id = 1");
  assert_null(store_open(bench->loop, bench->folder.path, NULL, &bench->folder.error));
  says(&bench->folder.error, "belongs to another program");
  assert_false(exists(bench->folder.path, "-lock"));
}

/* The child was made before the store was opened, so it shares none of its descriptors.
 */
static void other_processes_may_read_meanwhile(void **state) {
  struct bench *bench = *state;
  close_store(bench);
  int ready[2];
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  if (child == 0) {
    char byte;
    if (read(ready[0], &byte, 1) != 1) _exit(1);
    _exit(strcmp(look(bench->folder.path, "SELECT id FROM run"), "r1") ? 2 : 0);
  }
  open_store(bench);
  queue_run(bench, "r1", "running");
  is_well(outcome(bench));
  assert_int_equal(write(ready[1], "!", 1), 1);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  close(ready[0]);
  close(ready[1]);
  queue_run(bench, "r2", "running");
  is_well(outcome(bench));
}

static void survives_being_killed_after_a_sync(void **state) {
  struct bench *bench = *state;
  close_store(bench);
  pid_t child = fork();
  if (child == 0) {
    ev_loop_fork(bench->loop);
    open_store(bench);
    queue_run(bench, "r1", "running");
    if (outcome(bench)->code[0]) _exit(1);
    raise(SIGKILL);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  open_store(bench);
  shows(bench, "SELECT id FROM run", "r1");
}

static long size_of(const char *path) {
  struct stat status;
  assert_int_equal(stat(path, &status), 0);
  return (long)status.st_size;
}

static void an_idle_store_carries_its_wal_over(void **state) {
  struct bench *bench = *state;
  queue_bulk(bench, "small", 4 << 20);
  ev_run(bench->loop, 0);
  assert_true(size_of(bench->folder.path) < 4 << 20);
  queue_bulk(bench, "large", 16 << 20);
  ev_run(bench->loop, 0);
  assert_true(size_of(bench->folder.path) > 16 << 20);
  queue_run(bench, "r1", "running");
  is_well(outcome(bench));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(keeps_a_script),
      TEST(keeps_a_run_and_the_newest_of_it),
      TEST(keeps_an_op_and_then_its_result),
      TEST(keeps_a_call_and_the_newest_of_it),
      TEST(keeps_the_first_run_that_a_key_asked_for),
      TEST(keeps_each_time_a_script_went_live),
      TEST(forgets_a_finished_run_with_all_of_it),
      TEST(forgets_no_unfinished_run),
      TEST(keeps_events_in_order_of_arrival),
      TEST(a_duplicate_event_brings_no_more_than_its_answer),
      TEST(the_first_of_equal_scripts_stays),
      TEST(rows_are_on_disk_when_the_sync_is_called),
      TEST(a_sync_needs_no_rows_but_waits_its_turn),
      TEST(a_sync_waits_for_the_rows_under_way),
      TEST(rows_are_written_without_a_sync),
      TEST(a_turn_of_the_loop_makes_one_commit),
      TEST(a_sync_may_queue_more),
      TEST(close_writes_what_is_queued),
      TEST(close_leaves_one_file),
      TEST(close_goes_after_a_batch_under_way),
      TEST(an_open_store_finds_the_rows_of_the_last),
      TEST(a_second_engine_is_refused),
      TEST(another_way_to_the_same_file_is_refused_too),
      TEST(a_file_of_others_is_refused),
      TEST(other_processes_may_read_meanwhile),
      TEST(survives_being_killed_after_a_sync),
      TEST(an_idle_store_carries_its_wal_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
