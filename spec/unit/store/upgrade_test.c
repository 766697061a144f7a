/* Stores of earlier versions move to the newest with all that is in them, or not at all:
 * store/schema.c. */
#include "base/buffer.h"
#include "folder.h"
#include "store/database.h"
#include "store/schema.h"
#include "store/writer.h"
#include "version_4.h"

#include <sys/wait.h>

/* By name: step 5 puts them in another order. */
#define OP_COLUMNS "run, seq, op, args, digest, file, line, result, started, finished"

/* Every row of every table, by the columns of version 4. */
static const char *const rows[] = {
    "SELECT * FROM script ORDER BY hash",
    "SELECT * FROM run ORDER BY id",
    "SELECT " OP_COLUMNS " FROM op ORDER BY run, seq",
    "SELECT * FROM call ORDER BY id",
    "SELECT * FROM event ORDER BY arrival",
    "SELECT * FROM request ORDER BY key",
    "SELECT * FROM live ORDER BY arrival",
};

static const char shape[] =
    "SELECT type, name, tbl_name, sql FROM sqlite_schema"
    " ORDER BY type, name";

/* A value with its type and length, so that none looks like another. */
static void note_value(sqlite3_stmt *query, int column, struct buffer *out) {
  const void *bytes = sqlite3_column_blob(query, column);
  int length = sqlite3_column_bytes(query, column);
  buffer_printf(out, "%d:%d:", sqlite3_column_type(query, column), length);
  buffer_append(out, bytes ? bytes : "", (size_t)length);
}

static void note(const char *path, const char *sql, struct buffer *out) {
  sqlite3_stmt *query;
  sqlite3 *db = outsider(path);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
  while (sqlite3_step(query) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(query); i++) note_value(query, i, out);
    buffer_text(out, "\n");
  }
  assert_int_equal(sqlite3_finalize(query), SQLITE_OK);
  sqlite3_close(db);
}

struct stage {
  struct folder folder;
  struct buffer before; /* the rows, as version 4 has them */
};

static void note_rows(const char *path, struct buffer *out) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) note(path, rows[i], out);
  assert_false(out->failed);
}

static int set_up(void **state) {
  static struct stage stage;
  stage = (struct stage){0};
  folder_make(&stage.folder);
  run_outside(stage.folder.path, version_4_tables);
  run_outside(stage.folder.path, version_4_rows);
  note_rows(stage.folder.path, &stage.before);
  *state = &stage;
  return 0;
}

static int tear_down(void **state) {
  struct stage *stage = *state;
  folder_remove(&stage->folder);
  buffer_free(&stage->before);
  return 0;
}

static void assert_equal(const struct buffer *a, const struct buffer *b) {
  assert_int_equal(a->length, b->length);
  assert_memory_equal(a->data, b->data, a->length);
}

/* Nothing is lost, and it is of that version. */
static void is_whole(const struct stage *stage, const char *version) {
  struct buffer now = {0};
  assert_string_equal(look(stage->folder.path, "PRAGMA user_version"), version);
  assert_string_equal(look(stage->folder.path, "PRAGMA integrity_check"), "ok");
  note_rows(stage->folder.path, &now);
  assert_equal(&stage->before, &now);
  buffer_free(&now);
}

static bool start(struct stage *stage) {
  struct writer *writer = writer_open(stage->folder.path, &stage->folder.error);
  writer_close(writer);
  return writer != NULL;
}

static void every_row_and_value_is_kept(void **state) {
  struct stage *stage = *state;
  assert_true(start(stage));
  is_whole(stage, "5");
}

static void the_file_is_like_a_new_one(void **state) {
  struct stage *stage = *state;
  struct folder fresh;
  struct buffer moved = {0}, made = {0};
  folder_make(&fresh);
  assert_true(start(stage));
  writer_close(writer_open(fresh.path, &fresh.error));
  note(stage->folder.path, shape, &moved);
  note(fresh.path, shape, &made);
  assert_equal(&made, &moved);
  folder_remove(&fresh);
  buffer_free(&moved);
  buffer_free(&made);
}

static void ops_lie_run_by_run_in_their_order(void **state) {
  struct stage *stage = *state;
  assert_true(start(stage));
  assert_string_equal(look(stage->folder.path,
                           "SELECT group_concat(run || seq) FROM (SELECT run, seq FROM op"
                           " WHERE run <> 'big' OR seq IN (1, 2, 39, 40)"
                           " ORDER BY arrival)"),
                      "all1,all2,all3,all4,bare1,big1,big2,big39,big40");
}

static void breaks(const struct stage *stage, const char *sql, const char *rule) {
  sqlite3 *db = outsider(stage->folder.path);
  assert_int_equal(sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_CONSTRAINT);
  if (!strstr(sqlite3_errmsg(db), rule))
    fail_msg("\"%s\" is not for %s", sqlite3_errmsg(db), rule);
  sqlite3_close(db);
}

static void ops_keep_their_rules(void **state) {
  struct stage *stage = *state;
  assert_true(start(stage));
  breaks(stage, "INSERT INTO op (run, seq, op) VALUES ('all', 4, 'now')", "UNIQUE");
  breaks(stage, "INSERT INTO op (run, seq, op) VALUES ('all', 'x', 'now')", "INTEGER");
  breaks(stage, "INSERT INTO op (run, seq, op) VALUES ('none', 1, 'now')", "FOREIGN KEY");
  breaks(stage, "INSERT INTO op (run, seq, op) VALUES (NULL, 1, 'now')", "NOT NULL");
  breaks(stage, "INSERT INTO op (run, seq, op) VALUES ('all', NULL, 'now')", "NOT NULL");
  breaks(stage, "INSERT INTO op (run, seq, op) VALUES ('all', 5, NULL)", "NOT NULL");
  run_outside(stage->folder.path,
              "PRAGMA foreign_keys = ON; DELETE FROM run WHERE id = 'all'");
  assert_string_equal(look(stage->folder.path, "SELECT count(*) FROM op"), "41");
}

/* --- interrupted --- */

enum { INSTRUCTIONS = 50 /* of SQLite's machine, between two chances to be killed */ };

static int maybe_die(void *context) {
  int *chances = context;
  if ((*chances)-- == 0) kill(getpid(), SIGKILL);
  return 0;
}

static int on_statement(unsigned event, void *context, void *statement, void *text) {
  (void)event, (void)statement, (void)text;
  return maybe_die(context);
}

/* Moves the store as far as it gets until then, with little cache: much of what is not
 * committed is in the file already. Never returns. */
static void move_until_killed(const struct stage *stage, int chances) {
  struct error error;
  sqlite3 *db = database_open(stage->folder.path, &error);
  bool ready = db && database_tune(db, &error) &&
               database_run(db, "PRAGMA cache_size = 1", &error);
  if (!ready) _exit(2);
  sqlite3_progress_handler(db, INSTRUCTIONS, maybe_die, &chances);
  sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, &chances);
  _exit(schema_advance(db, &error) ? 0 : 1);
}

/* Whether it was. */
static bool is_killed(const struct stage *stage, int chances) {
  int status;
  pid_t child = fork();
  if (child == 0) move_until_killed(stage, chances);
  assert_true(child > 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGKILL;
  assert_int_equal(WEXITSTATUS(status), 0);
  return false;
}

static void killed_at_any_point_it_is_whole_and_moves_later(void **state) {
  struct stage *stage = *state;
  int chances = 0;
  for (; is_killed(stage, chances); chances++) is_whole(stage, "4");
  assert_true(chances > 20);
  is_whole(stage, "5");
  assert_true(start(stage));
}

enum { OPENED = 64 << 10 /* bytes with which a file opens at all */, PAGES = 32 << 10 };

static void on_a_full_disk_it_says_so_and_is_whole(void **state) {
  struct stage *stage = *state;
  int refusals = 0;
  bool started = false;
  for (rlim_t room = OPENED; !started; room += PAGES) {
    limit_files(room);
    started = start(stage);
    unlimit_files();
    if (started) break;
    says(&stage->folder.error, stage->folder.path);
    says(&stage->folder.error, "look at the disk");
    is_whole(stage, "4");
    refusals++;
  }
  assert_true(refusals > 5);
  is_whole(stage, "5");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(every_row_and_value_is_kept),
      TEST(the_file_is_like_a_new_one),
      TEST(ops_lie_run_by_run_in_their_order),
      TEST(ops_keep_their_rules),
      TEST(killed_at_any_point_it_is_whole_and_moves_later),
      TEST(on_a_full_disk_it_says_so_and_is_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
