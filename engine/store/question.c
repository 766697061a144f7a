#include "store/question.h"

#include "store/database.h"

#include <stdlib.h>
#include <string.h>

/* Each answers with at most one row of one column, a JSON text. */
static const char *const questions[STORE_QUESTIONS] = {
    [STORE_RUN] =
        "SELECT json_object('id', r.id, 'flow', r.flow, 'script', r.script,"
        " 'manifest', r.manifest, 'params', r.params, 'state', r.state,"
        " 'result', r.result, 'error', r.error, 'created', r.created,"
        " 'finished', r.finished, 'wake', r.wake, 'source',"
        " (SELECT s.source FROM script s WHERE s.hash = r.script), 'modules',"
        " (SELECT json_group_object(m.key, s.source) FROM json_each(r.manifest) m"
        "  JOIN script s ON s.hash = m.value), 'ops',"
        " (SELECT json_group_array(json_object('seq', seq, 'op', op, 'args', args,"
        "   'digest', digest, 'file', file, 'line', line, 'result', result, 'started', "
        "started,"
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
        " 'state', state, 'created', created, 'finished', finished,"
        " 'error', json(error),"
        " 'waiting', (SELECT json_object('op', op, 'line', line, 'since', started)"
        "   FROM op WHERE run = r.id AND r.finished IS NULL AND result IS NULL"
        "   ORDER BY seq DESC LIMIT 1), 'call', (SELECT json_object('number', number,"
        "   'provider', provider, 'state', state, 'since', updated)"
        "   FROM call WHERE run = r.id ORDER BY number DESC LIMIT 1)))"
        " FROM (SELECT * FROM run WHERE (?1 = '' OR state = ?1)"
        "  AND (?2 = '' OR flow = ?2) AND (?4 = '' OR (created, id) <"
        "   (SELECT created, id FROM run WHERE id = ?4))"
        "  ORDER BY created DESC, id DESC LIMIT CAST(?3 AS INTEGER)) r",
    [STORE_REQUEST] =
        "SELECT json_object('run', run, 'digest', digest)"
        " FROM request WHERE key = ?1",
    [STORE_OLD] =
        "SELECT json_group_array(id) FROM (SELECT id FROM run"
        " WHERE finished < CAST(?1 AS INTEGER) ORDER BY finished"
        " LIMIT CAST(?2 AS INTEGER))",
    [STORE_LIVE] =
        "SELECT json_group_array(json_object('kind', l.kind, 'name', l.name,"
        " 'version', l.script, 'since', l.since, 'source', s.source,"
        " 'manifest', json(l.manifest), 'modules',"
        " (SELECT json_group_object(m.key, t.source) FROM json_each(l.manifest) m"
        "  JOIN script t ON t.hash = m.value)))"
        " FROM live l JOIN script s ON s.hash = l.script WHERE l.arrival IN"
        " (SELECT max(arrival) FROM live GROUP BY kind, name)",
    [STORE_LIVES] =
        "SELECT json_group_array(json_object('version', script, 'since', since,"
        " 'manifest', json(manifest), 'runs', (SELECT count(*) FROM run"
        "  WHERE finished IS NULL AND flow = ?2 AND script = l.script AND ?1 = 'flow')))"
        " FROM (SELECT * FROM live WHERE kind = ?1 AND name = ?2"
        "  ORDER BY arrival DESC) l",
    [STORE_TEXT] =
        "SELECT json_group_array(json_object('version', hash, 'source', source)) FROM"
        " (SELECT s.hash, s.source, max(l.arrival) AS newest FROM live l"
        "  JOIN script s ON s.hash = l.script WHERE l.kind = ?1 AND l.name = ?2"
        "  AND substr(s.hash, 1, length(?3)) = ?3 GROUP BY s.hash"
        "  ORDER BY newest DESC LIMIT 2)",
    [STORE_LOAD] =
        "SELECT json_group_array(json_object('flow', flow, 'version', script,"
        " 'runs', runs)) FROM (SELECT flow, script, count(*) AS runs FROM run"
        " WHERE finished IS NULL GROUP BY flow, script)",
};

sqlite3_stmt *question_prepare(sqlite3 *db, enum store_question question,
                               struct error *error) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v3(db, questions[question], -1, SQLITE_PREPARE_PERSISTENT,
                         &statement, NULL) == SQLITE_OK)
    return statement;
  database_fault(db, error);
  return NULL;
}

static void bind(sqlite3_stmt *statement, const char *const *values) {
  int count = sqlite3_bind_parameter_count(statement);
  for (int i = 0; i < count && values[i]; i++)
    sqlite3_bind_text(statement, i + 1, values[i], -1, SQLITE_STATIC);
}

bool question_ask(sqlite3_stmt *statement, const char *const *values, char **json,
                  struct error *error) {
  *json = NULL;
  bind(statement, values);
  int code = sqlite3_step(statement);
  bool answered = code == SQLITE_ROW || code == SQLITE_DONE;
  if (!answered) database_fault(sqlite3_db_handle(statement), error);
  if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
    *json = strdup((const char *)sqlite3_column_text(statement, 0));
    if (!*json) answered = error_set(error, "memory", "out of memory for an answer");
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return answered;
}
