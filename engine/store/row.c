#include "store/row.h"

#include <stdlib.h>
#include <string.h>

/* A statement and the values of its row's maker below go together. */
static const struct {
  const char *table, *statement;
} kinds[ROW_KINDS] = {
    [ROW_SCRIPT] = {"script",
                    "INSERT INTO script (hash, kind, name, source, loaded)"
                    " VALUES (?, ?, ?, ?, ?)"
                    " ON CONFLICT (hash) DO NOTHING"},
    [ROW_RUN] = {"run",
                 "INSERT INTO run (id, flow, script, manifest, params, state, result,"
                 " error, created, finished, wake)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                 " ON CONFLICT (id) DO UPDATE SET flow = excluded.flow,"
                 " script = excluded.script, manifest = excluded.manifest,"
                 " params = excluded.params, state = excluded.state,"
                 " result = excluded.result, error = excluded.error,"
                 " created = excluded.created, finished = excluded.finished,"
                 " wake = excluded.wake"},
    [ROW_OP] = {"op",
                "INSERT INTO op (run, seq, op, args, digest, line, result, started,"
                " finished, file)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (run, seq) DO UPDATE SET op = excluded.op,"
                " args = excluded.args, digest = excluded.digest, line = excluded.line,"
                " result = excluded.result, started = excluded.started,"
                " finished = excluded.finished, file = excluded.file"},
    [ROW_CALL] = {"call",
                  "INSERT INTO call (id, run, number, provider, sender, recipient, state,"
                  " reason, reference, token, cursor, request, digest, detail, not_after,"
                  " submitted, updated, message, polls, poll_at)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                  " ON CONFLICT (id) DO UPDATE SET run = excluded.run,"
                  " number = excluded.number, provider = excluded.provider,"
                  " sender = excluded.sender, recipient = excluded.recipient,"
                  " state = excluded.state, reason = excluded.reason,"
                  " reference = excluded.reference, token = excluded.token,"
                  " cursor = excluded.cursor, request = excluded.request,"
                  " digest = excluded.digest, detail = excluded.detail,"
                  " not_after = excluded.not_after, submitted = excluded.submitted,"
                  " updated = excluded.updated, message = excluded.message,"
                  " polls = excluded.polls, poll_at = excluded.poll_at"},
    /* A duplicate changes nothing, except that it may bring the answer. */
    [ROW_EVENT] =
        {"event",
         "INSERT INTO event (call, key, kind, source, payload, answer, received)"
         " VALUES (?, ?, ?, ?, ?, ?, ?)"
         " ON CONFLICT (call, key) DO UPDATE SET answer = excluded.answer"
         " WHERE event.answer IS NULL AND excluded.answer IS NOT NULL"},
    [ROW_REQUEST] = {"request",
                     "INSERT INTO request (key, run, digest) VALUES (?, ?, ?)"
                     " ON CONFLICT (key) DO NOTHING"},
    [ROW_LIVE] = {"live",
                  "INSERT INTO live (kind, name, script, manifest, since)"
                  " VALUES (?, ?, ?, ?, ?)"},
    [ROW_FORGET] = {"run", "DELETE FROM run WHERE id = ? AND finished IS NOT NULL"},
};

const char *row_table(enum row_kind kind) {
  return kinds[kind].table;
}

const char *row_statement(enum row_kind kind) {
  return kinds[kind].statement;
}

static struct value bytes(const char *text, size_t length) {
  if (!text) return (struct value){.kind = VALUE_NULL};
  return (struct value){.kind = VALUE_TEXT, .text = text, .length = length};
}

static struct value text(const char *string) {
  return bytes(string, string ? strlen(string) : 0);
}

static struct value number(int64_t number) {
  return (struct value){.kind = VALUE_NUMBER, .number = number};
}

static struct value moment(int64_t wall_ms) {
  return wall_ms ? number(wall_ms) : (struct value){.kind = VALUE_NULL};
}

static struct row *make(enum row_kind kind, const struct value *values, size_t count) {
  size_t size = sizeof(struct row) + count * sizeof *values;
  for (size_t i = 0; i < count; i++) size += values[i].length;
  struct row *row = malloc(size);
  if (!row) return NULL;
  *row = (struct row){.kind = kind, .size = size, .count = count};
  char *free_space = (char *)&row->values[count];
  for (size_t i = 0; i < count; i++) {
    row->values[i] = values[i];
    if (values[i].kind != VALUE_TEXT) continue;
    row->values[i].text = memcpy(free_space, values[i].text, values[i].length);
    free_space += values[i].length;
  }
  return row;
}

#define MAKE(kind, ...)                                                                  \
  make(kind, (struct value[]){__VA_ARGS__},                                              \
       sizeof((struct value[]){__VA_ARGS__}) / sizeof(struct value))

struct row *row_of_script(const struct store_script *script) {
  return MAKE(ROW_SCRIPT, text(script->hash), text(script->kind), text(script->name),
              bytes(script->source, script->source_length), moment(script->loaded));
}

struct row *row_of_run(const struct store_run *run) {
  return MAKE(ROW_RUN, text(run->id), text(run->flow), text(run->script),
              text(run->manifest), text(run->params), text(run->state), text(run->result),
              text(run->error), moment(run->created), moment(run->finished),
              number(run->wake));
}

struct row *row_of_op(const struct store_op *op) {
  return MAKE(ROW_OP, text(op->run), number(op->seq), text(op->op), text(op->args),
              text(op->digest), number(op->line), text(op->result), moment(op->started),
              moment(op->finished), text(op->file));
}

struct row *row_of_call(const struct store_call *call) {
  return MAKE(ROW_CALL, text(call->id), text(call->run), number(call->number),
              text(call->provider), text(call->sender), text(call->recipient),
              text(call->state), text(call->reason), text(call->reference),
              text(call->token), text(call->cursor), text(call->request),
              text(call->digest), text(call->detail), moment(call->not_after),
              moment(call->submitted), moment(call->updated), text(call->message),
              number(call->polls), moment(call->poll_at));
}

struct row *row_of_event(const struct store_event *event) {
  return MAKE(ROW_EVENT, text(event->call), text(event->key), text(event->kind),
              text(event->source), text(event->payload), text(event->answer),
              moment(event->received));
}

struct row *row_of_request(const struct store_request *request) {
  return MAKE(ROW_REQUEST, text(request->key), text(request->run), text(request->digest));
}

struct row *row_of_live(const struct store_live *live) {
  return MAKE(ROW_LIVE, text(live->kind), text(live->name), text(live->hash),
              text(live->manifest), moment(live->since));
}

struct row *row_to_forget(const char *run) {
  return MAKE(ROW_FORGET, text(run));
}

void rows_init(struct rows *rows) {
  *rows = (struct rows){.end = &rows->first};
}

enum { EVENT_ANSWER = 5 }; /* among an event's values */

/* So many values, the first, say what a row is about; 0: it is never merged. */
static const size_t keys[ROW_KINDS] = {[ROW_OP] = 2, [ROW_CALL] = 1, [ROW_EVENT] = 2};

static bool is_equal(const struct value *a, const struct value *b) {
  if (a->kind != b->kind || a->length != b->length || a->number != b->number)
    return false;
  return a->kind != VALUE_TEXT || memcmp(a->text, b->text, a->length) == 0;
}

static bool says_more(const struct row *later, const struct row *row) {
  if (!row || !keys[row->kind]) return false;
  for (size_t i = 0; i < keys[row->kind]; i++)
    if (!is_equal(&row->values[i], &later->values[i])) return false;
  return true;
}

/* As the statement would have it with the two one after another. */
static void merge(struct row *row, struct row *later) {
  if (row->kind != ROW_EVENT)
    memcpy(row->values, later->values, row->count * sizeof *row->values);
  else if (row->values[EVENT_ANSWER].kind == VALUE_NULL)
    row->values[EVENT_ANSWER] = later->values[EVENT_ANSWER];
  later->merged = row->merged; /* its text is needed */
  row->merged = later;
}

void rows_push(struct rows *rows, struct row *row) {
  struct row **newest = &rows->newest[row->kind];
  rows->bytes += row->size;
  if (says_more(row, *newest)) {
    merge(*newest, row);
    return;
  }
  row->next = NULL;
  *rows->end = row;
  rows->end = &row->next;
  rows->count++;
  *newest = row;
}

void rows_move(struct rows *rows, struct rows *more) {
  if (!more->first) return;
  *rows->end = more->first;
  rows->end = more->end;
  rows->count += more->count;
  rows->bytes += more->bytes;
  memcpy(rows->newest, more->newest, sizeof rows->newest);
  rows_init(more);
}

static void row_free(struct row *row) {
  for (struct row *next; row; row = next) {
    next = row->merged;
    free(row);
  }
}

void rows_free(struct rows *rows) {
  for (struct row *row = rows->first, *next; row; row = next) {
    next = row->next;
    row_free(row);
  }
  rows_init(rows);
}
