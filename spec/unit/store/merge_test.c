/* Rows that say more of what an earlier one is about are written with it: the tables are
 * as if each had been written by itself. */
#include "store/writer.h"

#include "folder.h"

enum { CHOICES = 12, LENGTH = 4 };

struct stage {
  struct folder folders[2]; /* the first for rows that merge */
  struct writer *writers[2];
};

static int set_up(void **state) {
  static struct stage stage;
  for (int i = 0; i < 2; i++) {
    folder_make(&stage.folders[i]);
    stage.writers[i] = writer_open(stage.folders[i].path, &stage.folders[i].error);
    assert_non_null(stage.writers[i]);
  }
  *state = &stage;
  return 0;
}

static int tear_down(void **state) {
  struct stage *stage = *state;
  for (int i = 0; i < 2; i++) {
    writer_close(stage->writers[i]);
    folder_remove(&stage->folders[i]);
  }
  return 0;
}

static struct row *op(int seq, int line, const char *result) {
  return row_of_op(&(struct store_op){
      .run = "r", .seq = seq, .op = "collect", .line = line, .result = result});
}

static struct row *call(const char *id, const char *state) {
  return row_of_call(&(struct store_call){
      .id = id, .run = "r", .number = 1, .provider = "routee", .state = state});
}

static struct row *event(const char *call_id, int key, const char *payload,
                         const char *answer) {
  char name[24];
  snprintf(name, sizeof name, "digits:%d", key);
  return row_of_event(&(struct store_event){.call = call_id,
                                            .key = name,
                                            .kind = "digits",
                                            .source = "webhook",
                                            .payload = payload,
                                            .answer = answer});
}

/* One of the rows that a sequence is made of; each sequence has ops and events of its
 * own. */
static struct row *pick(int sequence, int choice) {
  switch (choice) {
  case 0:
    return op(2 * sequence, 1, NULL);
  case 1:
    return op(2 * sequence, 2, NULL);
  case 2:
    return op(2 * sequence, 3, "[1]");
  case 3:
    return op(2 * sequence + 1, 4, NULL);
  case 4:
    return call("c", "queued");
  case 5:
    return call("c", "ringing");
  case 6:
    return call("d", "queued");
  case 7:
    return event("c", sequence, "first", NULL);
  case 8:
    return event("c", sequence, "second", NULL);
  case 9:
    return event("c", sequence, "third", "an answer");
  case 10:
    return event("c", sequence, "fourth", "another");
  default:
    return event("d", sequence, "fifth", NULL);
  }
}

/* All sequences of four, each of them a turn of the loop. */
static void make(struct rows *all, bool merging) {
  rows_init(all);
  rows_push(
      all, row_of_run(&(struct store_run){.id = "r", .flow = "pin", .state = "running"}));
  rows_push(all, call("c", "submitting"));
  rows_push(all, call("d", "submitting"));
  int sequences = CHOICES * CHOICES * CHOICES * CHOICES;
  for (int sequence = 0; sequence < sequences; sequence++) {
    struct rows turn;
    rows_init(&turn);
    for (int i = 0, rest = sequence; i < LENGTH; i++, rest /= CHOICES) {
      rows_push(&turn, pick(sequence, rest % CHOICES));
      if (!merging) rows_move(all, &turn);
    }
    rows_move(all, &turn);
  }
}

static void are_equal(struct stage *stage, const char *table) {
  char query[400];
  snprintf(query, sizeof query,
           "ATTACH '%s' AS other; CREATE TEMP TABLE difference AS"
           " SELECT * FROM (SELECT * FROM %s EXCEPT SELECT * FROM other.%s) UNION ALL"
           " SELECT * FROM (SELECT * FROM other.%s EXCEPT SELECT * FROM %s)",
           stage->folders[1].path, table, table, table, table);
  sqlite3 *db = outsider(stage->folders[0].path);
  assert_int_equal(sqlite3_exec(db, query, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_stmt *count;
  assert_int_equal(sqlite3_prepare_v2(db,
                                      "SELECT count(*), (SELECT count(*) FROM event) +"
                                      " (SELECT count(*) FROM op) FROM difference",
                                      -1, &count, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(count), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int(count, 0), 0);
  assert_true(sqlite3_column_int(count, 1) > 10000);
  sqlite3_finalize(count);
  sqlite3_close(db);
}

static void merged_rows_leave_what_single_ones_would(void **state) {
  struct stage *stage = *state;
  size_t counts[2];
  for (int i = 0; i < 2; i++) {
    struct rows rows;
    struct error failed, refused = {0};
    make(&rows, i == 0);
    counts[i] = rows.count;
    if (!writer_write(stage->writers[i], &rows, &failed, &refused))
      fail_msg("%s", failed.message);
    assert_string_equal(refused.message, "");
    rows_free(&rows);
  }
  assert_true(counts[0] < counts[1]);
  static const char *const tables[] = {"run", "op", "call", "event"};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) are_equal(stage, tables[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(merged_rows_leave_what_single_ones_would, set_up,
                                      tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
