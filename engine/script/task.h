/* A coroutine of a script that asks for ops: what a run's flow and a provider's function
 * have in common. */
#ifndef SCRIPT_TASK_H
#define SCRIPT_TASK_H

#include "base/buffer.h"
#include "base/error.h"
#include "script/op.h"
#include "script/sandbox.h"

struct task;

struct task_ask {
  const char *op;
  const char *args; /* canonical JSON */
  size_t length;
  const json_t *tree; /* the same */
  const char *where;  /* "pin.lua:18" */
  int line;           /* of the script, 0 if unknown */
};

enum task_verdict {
  TASK_BEGIN, /* the op begins */
  TASK_KNOWN, /* it was answered before: *values (given away) go to the script at once */
  TASK_STOP,  /* the script must not go on; the owner will free the task */
  TASK_HOLD,  /* the op begins when the owner says so: task_go_ahead */
};

struct task_plan {
  const struct op_kind *const *kinds;
  void *parts;
  void *owner;
  /* An op was asked for; what becomes of it. NULL: each begins. */
  enum task_verdict (*asked)(void *owner, const struct task_ask *ask, json_t **values);
  /* An op has its values (a JSON array); the script is about to see them. May be NULL. */
  void (*answered)(void *owner, const json_t *values);
  /* The script returned these values, or failed (values NULL, *error set). The last thing
   * a task does; it may be freed from here. */
  void (*over)(void *owner, json_t *values, const struct error *error);
};

/* Takes the function on top of the sandbox's main stack. NULL with *error if out of
 * memory; the function is gone either way. */
struct task *task_new(struct sandbox *sandbox, const struct task_plan *plan,
                      struct error *error);

/* Calls the function with the values of args, an array (taken over; its top-level nulls
 * are nil). May end before it returns. */
void task_start(struct task *task, json_t *args);

/* The op that the script waits for; its kind is NULL when there is none. */
struct op *task_op(struct task *task);

/* Whether the op waits to be begun; begins it, and does nothing when there is none. */
bool task_is_held(const struct task *task);
void task_go_ahead(struct task *task);

/* Cancels the op under way and frees. */
void task_free(struct task *task);

/* The C function that a script's library calls to ask: op(name, args) yields both. Raises
 * while the script is only loading. */
int task_yield(lua_State *L);

#endif
