/* Questions to the store: a read-only connection on a thread of its own. */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "store/store.h"

struct reader;

/* The file must be there and of our schema. NULL with *error ("store"). */
struct reader *reader_open(struct ev_loop *loop, const char *path, struct error *error);

/* Answers the questions asked so far with an error, and frees. */
void reader_close(struct reader *reader);

/* As store_ask, of what is on disk now. False if out of memory. */
bool reader_ask(struct reader *reader, enum store_question question,
                const char *const *values, store_answer_fn answer, void *context);

/* Whether an answer is still to come. */
bool reader_is_busy(const struct reader *reader);

#endif
