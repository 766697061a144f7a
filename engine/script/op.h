/* One thing a script asks of the engine. The same for flows, where it is journaled, and
 * for providers, where it is not. */
#ifndef SCRIPT_OP_H
#define SCRIPT_OP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct op;

struct op_kind {
  const char *name;
  /* Starts the work and ends it, now or later, with one op_finish function. args is an
   * object, valid during the call. */
  void (*begin)(struct op *op, const json_t *args);
  /* Gives up work that has not finished; op_finish is not called after. NULL where begin
   * always finishes at once. */
  void (*cancel)(struct op *op);
  /* Whether, with these args, it touches the world outside, so that it must be known to
   * have begun whatever happens. NULL: never. */
  bool (*touches)(const json_t *args);
};

struct op {
  const struct op_kind *kind; /* NULL while nothing is asked */
  /* Takes the values over and gives them to the script; set by the task. */
  void (*answer)(struct op *op, json_t *values);
  void *owner;   /* whose task it is: a run, or an invocation of a provider */
  void *parts;   /* the engine's parts, for the kind */
  void *work;    /* the kind's own, between begin and finish */
  int64_t since; /* wall clock ms when it was first asked; 0: now. Set before begin */
  int64_t due;   /* wall clock ms when begin's timer ends it; 0: none. Set by begin */
};

/* NULL when no kind of the NULL-ended list has the name. */
const struct op_kind *op_kind_find(const struct op_kind *const *kinds, const char *name);

/* What the script gets back: an array of values, one value, nil and {code=, message=}, or
 * nil and any table. Each takes over its JSON; NULL there means out of memory. */
void op_finish(struct op *op, json_t *values);
void op_finish_value(struct op *op, json_t *value);
void op_finish_refusal(struct op *op, json_t *error);
__attribute__((format(printf, 3, 4))) void
op_finish_error(struct op *op, const char *code, const char *format, ...);

#endif
