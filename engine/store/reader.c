#include "store/reader.h"

#include "base/worker.h"
#include "store/database.h"

#include <stdlib.h>
#include <string.h>

enum { VALUES = 4 };

struct reader {
  struct worker *worker;
  sqlite3 *db;
  sqlite3_stmt *statements[STORE_QUESTIONS];
};

/* Each answers with at most one row of one column, a JSON text. */
static const char *const questions[STORE_QUESTIONS] = {
    [STORE_RUN] =
        "SELECT json_object('id', r.id, 'flow', r.flow, 'script', r.script,"
        " 'manifest', r.manifest, 'params', r.params, 'state', r.state,"
        " 'result', r.result, 'error', r.error, 'created', r.created,"
        " 'finished', r.finished, 'source',"
        " (SELECT s.source FROM script s WHERE s.hash = r.script), 'modules',"
        " (SELECT json_group_object(m.key, s.source) FROM json_each(r.manifest) m"
        "  JOIN script s ON s.hash = m.value), 'ops',"
        " (SELECT json_group_array(json_object('seq', seq, 'op', op, 'args', args,"
        "   'digest', digest, 'line', line, 'result', result, 'started', started,"
        "   'finished', finished))"
        "  FROM (SELECT * FROM op WHERE run = r.id ORDER BY seq)), 'calls',"
        " (SELECT json_group_array(json_object('id', id, 'number', number, 'provider',"
        "   provider, 'recipient', recipient, 'state', state, 'reason', reason,"
        "   'message', message, 'reference', reference, 'token', token, 'cursor',"
        "   cursor, 'request', request, 'digest', digest, 'detail', detail,"
        "   'not_after', not_after, 'submitted', submitted, 'polls', polls, 'poll_at', "
        "poll_at,"
        "   'events', (SELECT json_group_array(json_object('key', key, 'kind', kind,"
        "     'source', source, 'payload', payload, 'answer', answer, 'received',"
        "     received))"
        "    FROM (SELECT * FROM event WHERE call = c.id ORDER BY arrival))))"
        "  FROM (SELECT * FROM call WHERE run = r.id ORDER BY number) c))"
        " FROM run r WHERE r.id = ?1",
    [STORE_TOKEN] =
        "SELECT json_object('call', c.id, 'run', c.run, 'provider', c.provider)"
        " FROM call c WHERE c.token = ?1 LIMIT 1",
    [STORE_CALL] =
        "SELECT json_object('call', c.id, 'run', c.run, 'provider', c.provider)"
        " FROM call c WHERE c.id = ?1 AND c.provider = ?2 LIMIT 1",
    [STORE_REFERENCE] =
        "SELECT json_object('call', c.id, 'run', c.run, 'provider', c.provider)"
        " FROM call c WHERE c.reference = ?1 AND c.provider = ?2"
        " ORDER BY c.submitted DESC LIMIT 1",
    [STORE_DUE] =
        "SELECT json_group_array(json_array(wake, id)) FROM (SELECT wake, id FROM run"
        " WHERE finished IS NULL AND state = 'running'"
        " AND (wake, id) > (CAST(?1 AS INTEGER), ?2)"
        " ORDER BY wake, id LIMIT CAST(?3 AS INTEGER))",
    [STORE_RUNS] =
        "SELECT json_group_array(json_object('run', id, 'flow', flow, 'version', script,"
        " 'state', state, 'created', created, 'finished', finished, 'error', error,"
        " 'waiting', (SELECT json_object('op', op, 'line', line, 'since', started)"
        "   FROM op WHERE run = r.id AND r.finished IS NULL AND result IS NULL"
        "   ORDER BY seq DESC LIMIT 1)))"
        " FROM (SELECT * FROM run WHERE (?1 = '' OR state = ?1)"
        "  AND (?2 = '' OR flow = ?2) ORDER BY created DESC, id"
        "  LIMIT CAST(?3 AS INTEGER)) r",
};

struct reader *reader_open(struct ev_loop *loop, const char *path, struct error *error) {
  struct reader *reader = calloc(1, sizeof *reader);
  if (!reader) {
    error_set(error, "store", "cannot open the store %s: out of memory", path);
    return NULL;
  }
  int code = sqlite3_open_v2(path, &reader->db,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
  bool ready = code == SQLITE_OK;
  if (ready) sqlite3_busy_timeout(reader->db, 1000);
  for (int i = 0; ready && i < STORE_QUESTIONS; i++)
    ready = sqlite3_prepare_v3(reader->db, questions[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &reader->statements[i], NULL) == SQLITE_OK;
  if (!ready) {
    error_set(error, "store", "cannot read the store %s: %s", path,
              sqlite3_errmsg(reader->db));
  } else {
    reader->worker = worker_new(loop);
    if (reader->worker) return reader;
    error_set(error, "store", "cannot read the store %s: no thread for it", path);
  }
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

/* One question on its way to the reader's thread and back. */
struct ask {
  struct reader *reader;
  enum store_question question;
  char *values[VALUES];
  char *json;
  struct error error;
  store_answer_fn answer;
  void *context;
};

static void ask_free(struct ask *ask) {
  for (int i = 0; i < VALUES; i++) free(ask->values[i]);
  free(ask->json);
  free(ask);
}

/* On the reader's thread. */
static void look(void *context) {
  struct ask *ask = context;
  sqlite3_stmt *statement = ask->reader->statements[ask->question];
  for (int i = 0; i < sqlite3_bind_parameter_count(statement); i++)
    sqlite3_bind_text(statement, i + 1, ask->values[i], -1, SQLITE_STATIC);
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
    ask->json = strdup((const char *)sqlite3_column_text(statement, 0));
    if (!ask->json) error_set(&ask->error, "memory", "out of memory for an answer");
  } else if (code != SQLITE_ROW && code != SQLITE_DONE) {
    database_fault(ask->reader->db, &ask->error);
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
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
  for (int i = 0; i < VALUES && values[i]; i++)
    whole = (ask->values[i] = strdup(values[i])) != NULL && whole;
  if (whole && worker_submit(reader->worker, look, tell, ask)) return true;
  ask_free(ask);
  return false;
}
