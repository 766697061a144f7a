/* Rows on their way to the file: copies of what the engine handed in. */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include "store/store.h"

enum row_kind {
  ROW_SCRIPT,
  ROW_RUN,
  ROW_OP,
  ROW_CALL,
  ROW_EVENT,
  ROW_REQUEST,
  ROW_LIVE,
  ROW_FORGET,
  ROW_KINDS
};

enum value_kind { VALUE_NULL, VALUE_TEXT, VALUE_NUMBER };

struct value {
  enum value_kind kind;
  const char *text;
  size_t length; /* bytes of text */
  int64_t number;
};

struct row {
  struct row *next;
  struct row *merged; /* those that came later and are written with it */
  enum row_kind kind;
  size_t size; /* bytes of memory it takes */
  size_t count;
  struct value values[]; /* in the order of the statement's parameters; text follows */
};

/* Each copies into one block of memory, to be freed; NULL if there is none. */
struct row *row_of_script(const struct store_script *script);
struct row *row_of_run(const struct store_run *run);
struct row *row_of_op(const struct store_op *op);
struct row *row_of_call(const struct store_call *call);
struct row *row_of_event(const struct store_event *event);
struct row *row_of_request(const struct store_request *request);
struct row *row_of_live(const struct store_live *live);
struct row *row_to_forget(const char *run);

/* The name of the table and the statement that writes a row of that kind. */
const char *row_table(enum row_kind kind);
const char *row_statement(enum row_kind kind);

/* Rows in the order they were handed in. */
struct rows {
  struct row *first, **end; /* end: where the next row's address goes */
  struct row *newest[ROW_KINDS];
  size_t count, bytes;
};

void rows_init(struct rows *rows);

/* Takes the row over: at the end, or, when it only says more of what the newest one of
 * its kind is about, into that one, which is then all that has to be written of both. */
void rows_push(struct rows *rows, struct row *row);

/* Moves all of `more` to the end of `rows`. */
void rows_move(struct rows *rows, struct rows *more);

/* Frees every row; the list is then empty. */
void rows_free(struct rows *rows);

#endif
