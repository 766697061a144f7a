#include "run/journal.h"

#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct journal {
  struct store *store;
  const struct clock *clock;
  json_t *recorded; /* of an earlier life; NULL for a first one */
  json_t *mismatch; /* once there is one */
  char run[ID_RUN_SIZE];
  int seq;
  char op[32];
  char digest[ID_DIGEST_SIZE];
  char *args;
  char file[128];
  int line;
  int64_t started;
  bool torn; /* an op was lost */
};

struct journal *journal_new(const struct runs_plan *plan, const char *run,
                            const json_t *recorded) {
  struct journal *journal = calloc(1, sizeof *journal);
  if (!journal) return NULL;
  journal->store = plan->store;
  journal->clock = plan->clock;
  journal->recorded = json_incref((json_t *)recorded);
  snprintf(journal->run, sizeof journal->run, "%s", run);
  return journal;
}

void journal_free(struct journal *journal) {
  if (!journal) return;
  json_decref(journal->recorded);
  json_decref(journal->mismatch);
  free(journal->args);
  free(journal);
}

static void put(struct journal *journal, const char *result, int64_t finished) {
  bool kept = store_op(journal->store, &(struct store_op){
                                           .run = journal->run,
                                           .seq = journal->seq,
                                           .op = journal->op,
                                           .args = journal->args,
                                           .digest = journal->digest,
                                           .file = journal->file,
                                           .line = journal->line,
                                           .result = result,
                                           .started = journal->started,
                                           .finished = finished,
                                       });
  if (!kept) journal->torn = true;
}

bool journal_is_whole(const struct journal *journal) {
  return !journal->torn;
}

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

/* A mismatch keeps both sides; the sentence is for people. */
static enum journal_verdict mismatch(struct journal *journal, const json_t *before,
                                     json_t *now, const char *message) {
  json_t *expected = json_pack("{ss, ss, ss, sO?}", "op", text_of(before, "op"), "args",
                               text_of(before, "args"), "file", text_of(before, "file"),
                               "line", json_object_get(before, "line"));
  json_decref(journal->mismatch);
  journal->mismatch = json_pack("{ss, ss, so, so}", "code", "mismatch", "message",
                                message, "expected", expected, "actual", now);
  return JOURNAL_MISMATCH;
}

static enum journal_verdict differs(struct journal *journal, const json_t *before) {
  struct error error;
  error_set(&error, "mismatch",
            "%s:%d: the script does not do what it did before: op %d was %s %.120s at "
            "%s:%d, now it is %s %.120s",
            journal->file, journal->line, journal->seq, text_of(before, "op"),
            text_of(before, "args"), text_of(before, "file"),
            (int)json_integer_value(json_object_get(before, "line")), journal->op,
            journal->args);
  json_t *now = json_pack("{ss, ss, ss, si}", "op", journal->op, "args", journal->args,
                          "file", journal->file, "line", journal->line);
  return mismatch(journal, before, now, error.message);
}

static bool is_same(const json_t *before, const char *op, const char *digest) {
  return strcmp(text_of(before, "op"), op) == 0 &&
         strcmp(text_of(before, "digest"), digest) == 0;
}

bool journal_has(const json_t *before, const struct task_ask *ask) {
  char digest[ID_DIGEST_SIZE];
  id_digest(ask->args, ask->length, digest);
  return is_same(before, ask->op, digest);
}

static enum journal_verdict compare(struct journal *journal, const json_t *before,
                                    json_t **values, int64_t *since) {
  if (!is_same(before, journal->op, journal->digest)) return differs(journal, before);
  *since = journal->started = json_integer_value(json_object_get(before, "started"));
  const char *result = json_string_value(json_object_get(before, "result"));
  if (!result) return JOURNAL_PENDING;
  *values = json_loads(result, JSON_ALLOW_NUL, NULL);
  if (*values) return JOURNAL_KNOWN;
  return mismatch(journal, before, json_null(), "an op has a result that cannot be read");
}

/* "pin.lua:18" without its line. */
static void take_file(struct journal *journal, const char *where) {
  const char *colon = strrchr(where, ':');
  size_t length = colon ? (size_t)(colon - where) : strlen(where);
  snprintf(journal->file, sizeof journal->file, "%.*s", (int)length, where);
}

enum journal_verdict journal_ask(struct journal *journal, const struct task_ask *ask,
                                 json_t **values, int64_t *since) {
  free(journal->args);
  journal->args = strndup(ask->args, ask->length);
  journal->seq++;
  journal->line = ask->line;
  journal->started = clock_now(journal->clock);
  take_file(journal, ask->where);
  snprintf(journal->op, sizeof journal->op, "%s", ask->op);
  id_digest(ask->args, ask->length, journal->digest);
  const json_t *before = json_array_get(journal->recorded, (size_t)journal->seq - 1);
  if (before) return compare(journal, before, values, since);
  put(journal, NULL, 0);
  return JOURNAL_NEW;
}

bool journal_end(struct journal *journal, const struct error *failed) {
  const json_t *before = json_array_get(journal->recorded, (size_t)journal->seq);
  if (!before) return true;
  struct error error;
  error_set(
      &error, "mismatch",
      "the script does not do what it did before: op %d was %s %.120s at %s:%d, now "
      "it ends before that%s%.160s",
      journal->seq + 1, text_of(before, "op"), text_of(before, "args"),
      text_of(before, "file"), (int)json_integer_value(json_object_get(before, "line")),
      failed ? ": " : "", failed ? failed->message : "");
  json_t *now = json_pack("{ss, ss*, ss, si}", "op", "end", "message",
                          failed ? failed->message : NULL, "file", journal->file, "line",
                          journal->line);
  mismatch(journal, before, now, error.message);
  return false;
}

json_t *journal_mismatch(const struct journal *journal) {
  return json_incref(journal->mismatch);
}

void journal_answer(struct journal *journal, const json_t *values) {
  char *result = json_dumps(values, JSON_COMPACT | JSON_SORT_KEYS);
  put(journal, result, clock_now(journal->clock));
  free(result);
}

bool journal_is_replay(const struct journal *journal) {
  return (size_t)journal->seq < json_array_size(journal->recorded);
}

int journal_seq(const struct journal *journal) {
  return journal->seq;
}

const char *journal_file(const struct journal *journal) {
  return journal->file;
}

const char *journal_op(const struct journal *journal) {
  return journal->op;
}
