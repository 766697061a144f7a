/* The ordered ops of a run with their results: what the run is rebuilt from. */
#ifndef RUN_JOURNAL_H
#define RUN_JOURNAL_H

#include "run/run.h"
#include "script/task.h"

struct journal;

enum journal_verdict {
  JOURNAL_NEW,      /* written down; the op begins */
  JOURNAL_KNOWN,    /* answered before: *values is what it got (owned by the caller) */
  JOURNAL_PENDING,  /* asked before and not answered: it begins again, *since says when */
  JOURNAL_MISMATCH, /* the script asked for something else before */
};

/* run (copied) is the run's id. recorded: the ops of an earlier life as the store tells
 * them (borrowed), or NULL. NULL if out of memory. */
struct journal *journal_new(const struct runs_plan *plan, const char *run,
                            const json_t *recorded);
void journal_free(struct journal *journal);

/* Whether an op of a journal, as the store tells it, is what is asked now. */
bool journal_has(const json_t *before, const struct task_ask *ask);

/* Compares what is asked with what was recorded under the same number, or writes it down.
 * since: as in struct op. */
enum journal_verdict journal_ask(struct journal *journal, const struct task_ask *ask,
                                 json_t **values, int64_t *since);

/* The script asks for nothing more (failed: what it raised, or NULL). False when an
 * earlier life asked for more. */
bool journal_end(struct journal *journal, const struct error *failed);

/* After a mismatch: {code, message, expected, actual}, each of the two an object of op,
 * args, file and line. Owned by the caller; NULL if out of memory. */
json_t *journal_mismatch(const struct journal *journal);

/* Writes down what the newest op got: an array. */
void journal_answer(struct journal *journal, const json_t *values);

/* Whether no op was lost, for want of memory: a later life knows all of them. */
bool journal_is_whole(const struct journal *journal);

/* Whether what the script does now was done before. */
bool journal_is_replay(const struct journal *journal);

/* The newest op: its number, the file of the line that asked, its name ("" before the
 * first). */
int journal_seq(const struct journal *journal);
const char *journal_file(const struct journal *journal);
const char *journal_op(const struct journal *journal);

#endif
