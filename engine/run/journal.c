#include "run/journal.h"

#include "base/clock.h"
#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct journal {
  struct store *store;
  char run[ID_RUN_SIZE];
  int seq;
  char op[32];
  char digest[ID_DIGEST_SIZE];
  char *args;
  int line;
  int64_t started;
};

struct journal *journal_new(struct store *store, const char *run) {
  struct journal *journal = calloc(1, sizeof *journal);
  if (!journal) return NULL;
  journal->store = store;
  snprintf(journal->run, sizeof journal->run, "%s", run);
  return journal;
}

void journal_free(struct journal *journal) {
  if (!journal) return;
  free(journal->args);
  free(journal);
}

static void put(struct journal *journal, const char *result, int64_t finished) {
  store_op(journal->store, &(struct store_op){
                               .run = journal->run,
                               .seq = journal->seq,
                               .op = journal->op,
                               .args = journal->args,
                               .digest = journal->digest,
                               .line = journal->line,
                               .result = result,
                               .started = journal->started,
                               .finished = finished,
                           });
}

int journal_ask(struct journal *journal, const struct task_ask *ask) {
  free(journal->args);
  journal->args = strndup(ask->args, ask->length);
  journal->seq++;
  journal->line = ask->line;
  journal->started = clock_wall_ms();
  snprintf(journal->op, sizeof journal->op, "%s", ask->op);
  id_digest(ask->args, ask->length, journal->digest);
  put(journal, NULL, 0);
  return journal->seq;
}

void journal_answer(struct journal *journal, const json_t *values) {
  char *result = json_dumps(values, JSON_COMPACT | JSON_SORT_KEYS);
  put(journal, result, clock_wall_ms());
  free(result);
}

int journal_seq(const struct journal *journal) {
  return journal->seq;
}

const char *journal_op(const struct journal *journal) {
  return journal->op;
}
