/* What the store does when the disk or a row will not have it. */
#include "bench.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

static void a_failing_disk_keeps_the_rows_and_says_so(void **state) {
  struct bench *bench = *state;
  limit_files(0);
  queue_run(bench, "r1", "running");
  says(outcome(bench), "disk I/O error (SQLite's code 778); look at the disk");
  queue_call(bench, "c1", "r1");
  says(outcome(bench), bench->folder.path);
  struct store_figures figures;
  store_measure(bench->store, &figures);
  assert_int_equal(figures.waiting, 2);
  assert_int_equal(figures.commits, 0);
  unlimit_files();
  queue_run(bench, "r1", "completed");
  is_well(outcome(bench));
  shows(bench, "SELECT state, (SELECT count(*) FROM call) FROM run", "completed|1");
  store_measure(bench->store, &figures);
  assert_int_equal(figures.rows, 3);
}

static void a_disk_that_recovers_is_tried_again_unasked(void **state) {
  struct bench *bench = *state;
  limit_files(0);
  queue_run(bench, "r1", "running");
  says(outcome(bench), "disk I/O error");
  unlimit_files();
  ev_run(bench->loop, 0);
  shows(bench, "SELECT id FROM run", "r1");
}

static int lines_with(const struct bench *bench, const char *part) {
  int count = 0;
  for (const char *at = bench->said; (at = strstr(at, part)); at++) count++;
  return count;
}

static void the_log_tells_of_trouble_once_and_of_its_end(void **state) {
  struct bench *bench = *state;
  limit_files(0);
  queue_run(bench, "r1", "running");
  for (int i = 0; i < 3; i++) says(outcome(bench), "disk I/O error");
  assert_int_equal(lines_with(bench, "disk I/O error"), 1);
  assert_int_equal(lines_with(bench, "can be written again"), 0);
  unlimit_files();
  is_well(outcome(bench));
  assert_int_equal(lines_with(bench, "can be written again"), 1);
  limit_files(0);
  queue_run(bench, "r2", "running");
  says(outcome(bench), "disk I/O error");
  assert_int_equal(lines_with(bench, "disk I/O error"), 2);
}

static void close_on_a_failing_disk_tells_everybody(void **state) {
  struct bench *bench = *state;
  limit_files(0);
  queue_run(bench, "r1", "running");
  sync_store(bench);
  close_store(bench);
  assert_int_equal(bench->told, 1);
  says(&bench->tale[0], "disk I/O error");
  assert_int_equal(lines_with(bench, "1 rows were not written"), 1);
}

static void ask_again(void *context, const struct error *error) {
  struct bench *bench = context;
  assert_non_null(error);
  bench->told++;
  store_sync(bench->store, ask_again, bench);
}

static void close_on_a_failing_disk_comes_to_an_end(void **state) {
  struct bench *bench = *state;
  limit_files(0);
  queue_run(bench, "r1", "running");
  assert_true(store_sync(bench->store, ask_again, bench));
  close_store(bench);
  assert_int_equal(bench->told, 1);
}

static void queue_much(struct bench *bench) {
  const size_t megabyte = 1 << 20;
  char hash[8];
  for (int i = 0; i < 9; i++) {
    snprintf(hash, sizeof hash, "h%d", i);
    queue_bulk(bench, hash, 7 * megabyte + megabyte / 2);
  }
}

static void when_much_waits_there_is_no_room_and_nothing_is_lost(void **state) {
  struct bench *bench = *state;
  struct error error;
  limit_files(0);
  assert_true(store_has_room(bench->store, &error));
  queue_much(bench);
  assert_false(store_has_room(bench->store, &error));
  says(&error, "too much waits for the disk already");
  says(outcome(bench), "disk I/O error");
  assert_false(store_has_room(bench->store, &error));
  says(&error, "too much waits for the disk already: cannot use the store");
  says(&error, "disk I/O error");
  queue_bulk(bench, "later", 1);
  unlimit_files();
  is_well(outcome(bench));
  shows(bench, "SELECT count(*), min(hash), max(hash) FROM script", "10|h0|later");
  assert_true(store_has_room(bench->store, &error));
}

static void a_row_that_cannot_be_kept_harms_no_other(void **state) {
  struct bench *bench = *state;
  queue_run(bench, "r1", "running");
  queue_event(bench, "no such call", "k", "{}", NULL);
  queue_run(bench, NULL, "running");
  queue_run(bench, "r2", "running");
  says(outcome(bench), "refused a row of its table");
  shows(bench, "SELECT count(*), (SELECT count(*) FROM event) FROM run", "2|0");
  is_well(outcome(bench));
}

static void a_refused_row_is_told_to_the_next_sync(void **state) {
  struct bench *bench = *state;
  queue_event(bench, "no such call", "k", "{}", NULL);
  ev_run(bench->loop, 0);
  says(outcome(bench), "refused a row of its table event: FOREIGN KEY");
  is_well(outcome(bench));
}

static void a_file_that_is_taken_away_is_noticed(void **state) {
  struct bench *bench = *state;
  char aside[128];
  snprintf(aside, sizeof aside, "%s/aside", bench->folder.name);
  assert_int_equal(rename(bench->folder.path, aside), 0);
  queue_run(bench, "r1", "running");
  says(outcome(bench), "moved or removed while in use; put it back");
  assert_int_equal(rename(aside, bench->folder.path), 0);
  is_well(outcome(bench));
  shows(bench, "SELECT id FROM run", "r1");
}

static void somebody_elses_transaction_is_waited_for(void **state) {
  struct bench *bench = *state;
  sqlite3 *db = outsider(bench->folder.path);
  assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  queue_run(bench, "r1", "running");
  says(outcome(bench), "another program is writing to it");
  assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  is_well(outcome(bench));
  sqlite3_close(db);
}

/* A small file system of our own, where that is allowed. */
static int set_up_disk(void **state) {
  struct bench *bench = calloc(1, sizeof *bench);
  folder_make(&bench->folder);
  bench->loop = ev_loop_new(0);
  bench->log = (struct log){.sink = hear, .context = bench, .most = LEVEL_DEBUG};
  *state = bench;
  if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
      mount("tmpfs", bench->folder.name, "tmpfs", 0, "size=1m"))
    return 0;
  open_store(bench);
  return 0;
}

static int tear_down_disk(void **state) {
  struct bench *bench = *state;
  bool mounted = bench->store;
  close_store(bench);
  if (mounted) assert_int_equal(umount(bench->folder.name), 0);
  return tear_down(state);
}

static void a_full_disk_is_told_and_waited_for(void **state) {
  struct bench *bench = *state;
  if (!bench->store) skip();
  char filler[128], block[4096] = {0};
  snprintf(filler, sizeof filler, "%s/filler", bench->folder.name);
  int file = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  assert_true(file >= 0);
  while (write(file, block, sizeof block) > 0) continue;
  close(file);
  queue_bulk(bench, "h1", 1 << 16);
  says(outcome(bench), "database or disk is full (SQLite's code 13); free some space");
  assert_int_equal(unlink(filler), 0);
  is_well(outcome(bench));
  shows(bench, "SELECT hash FROM script", "h1");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_failing_disk_keeps_the_rows_and_says_so),
      TEST(a_disk_that_recovers_is_tried_again_unasked),
      TEST(the_log_tells_of_trouble_once_and_of_its_end),
      TEST(close_on_a_failing_disk_tells_everybody),
      TEST(close_on_a_failing_disk_comes_to_an_end),
      TEST(when_much_waits_there_is_no_room_and_nothing_is_lost),
      TEST(a_row_that_cannot_be_kept_harms_no_other),
      TEST(a_refused_row_is_told_to_the_next_sync),
      TEST(a_file_that_is_taken_away_is_noticed),
      TEST(somebody_elses_transaction_is_waited_for),
      cmocka_unit_test_setup_teardown(a_full_disk_is_told_and_waited_for, set_up_disk,
                                      tear_down_disk),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
