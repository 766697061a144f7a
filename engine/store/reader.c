#include "store/reader.h"

#include "base/worker.h"
#include "store/database.h"
#include "store/question.h"

#include <stdlib.h>
#include <string.h>

struct reader {
  struct worker *worker;
  sqlite3 *db;
  sqlite3_stmt *statements[STORE_QUESTIONS];
};

struct reader *reader_open(struct ev_loop *loop, const char *path, struct error *error) {
  struct reader *reader = calloc(1, sizeof *reader);
  if (!reader) {
    error_set(error, "store", "cannot open the store %s: out of memory", path);
    return NULL;
  }
  reader->db = database_look(path, error);
  if (!reader->db) goto fail;
  for (enum store_question i = 0; i < STORE_QUESTIONS; i++)
    if (!(reader->statements[i] = question_prepare(reader->db, i, error))) goto fail;
  reader->worker = worker_new(loop);
  if (reader->worker) return reader;
  error_set(error, "store", "cannot read the store %s: no thread for it", path);
fail:
  reader_close(reader);
  return NULL;
}

void reader_close(struct reader *reader) {
  if (!reader) return;
  if (reader->worker) worker_free(reader->worker);
  for (int i = 0; i < STORE_QUESTIONS; i++) sqlite3_finalize(reader->statements[i]);
  sqlite3_close(reader->db);
  free(reader);
}

bool reader_is_busy(const struct reader *reader) {
  return worker_is_busy(reader->worker);
}

/* One question on its way to the reader's thread and back. */
struct ask {
  struct reader *reader;
  enum store_question question;
  char *values[QUESTION_VALUES];
  char *json;
  struct error error;
  store_answer_fn answer;
  void *context;
};

static void ask_free(struct ask *ask) {
  for (int i = 0; i < QUESTION_VALUES; i++) free(ask->values[i]);
  free(ask->json);
  free(ask);
}

/* On the reader's thread. */
static void look(void *context) {
  struct ask *ask = context;
  question_ask(ask->reader->statements[ask->question], (const char *const *)ask->values,
               &ask->json, &ask->error);
}

static void tell(void *context) {
  struct ask *ask = context;
  ask->answer(ask->context, ask->json, ask->error.code[0] ? &ask->error : NULL);
  ask_free(ask);
}

bool reader_ask(struct reader *reader, enum store_question question,
                const char *const *values, store_answer_fn answer, void *context) {
  struct ask *ask = calloc(1, sizeof *ask);
  if (!ask) return false;
  *ask = (struct ask){
      .reader = reader, .question = question, .answer = answer, .context = context};
  bool whole = true;
  for (int i = 0; i < QUESTION_VALUES && values[i]; i++)
    whole = (ask->values[i] = strdup(values[i])) != NULL && whole;
  if (whole && worker_submit(reader->worker, look, tell, ask)) return true;
  ask_free(ask);
  return false;
}
