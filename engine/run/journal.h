/* The ordered ops of a run with their results: what the run is rebuilt from. */
#ifndef RUN_JOURNAL_H
#define RUN_JOURNAL_H

#include "script/task.h"
#include "store/store.h"

struct journal;

/* run (copied) is the run's id. NULL if out of memory. */
struct journal *journal_new(struct store *store, const char *run);
void journal_free(struct journal *journal);

/* Writes down what was asked; returns its number, from 1. */
int journal_ask(struct journal *journal, const struct task_ask *ask);

/* Writes down what the newest op got: an array. */
void journal_answer(struct journal *journal, const json_t *values);

/* The newest op: its number and name ("" before the first). */
int journal_seq(const struct journal *journal);
const char *journal_op(const struct journal *journal);

#endif
