/* One thing a script asks of the engine. The same for flows, where it is journaled, and
 * for providers, where it is not. */
#ifndef SCRIPT_OP_H
#define SCRIPT_OP_H

#include <jansson.h>
#include <stdbool.h>

struct op;

struct op_kind {
  const char *name;
  /* Starts the work and ends it, now or later, with one of the op_finish functions. args
   * is an object, valid during the call. */
  void (*begin)(struct op *op, const json_t *args);
  /* Gives up work that has not finished: nothing may call op_finish after. NULL where
   * begin always finishes at once. */
  void (*cancel)(struct op *op);
};

struct op {
  const struct op_kind *kind; /* NULL while nothing is asked */
  void *parts;                /* the engine's parts, for the kind */
  void *owner;                /* the run or invocation that asked */
  void *work;                 /* the kind's own, between begin and finish */
  /* Set by the owner; takes over results, an array of what the script gets back. */
  void (*finish)(struct op *op, json_t *results);
};

const struct op_kind *op_kind_find(const struct op_kind *const *kinds, const char *name);

/* The script gets one value (taken over; NULL is out of memory and gives an error). */
void op_finish_value(struct op *op, json_t *value);

/* The script gets nil and {code=, message=}. */
__attribute__((format(printf, 3, 4))) void
op_finish_error(struct op *op, const char *code, const char *format, ...);

/* The script gets nil and this table (taken over). */
void op_finish_refusal(struct op *op, json_t *error);

/* {code=, message=} as a value. */
json_t *op_error(const char *code, const char *message);

#endif
