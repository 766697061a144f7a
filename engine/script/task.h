/* A coroutine of a script that asks for ops: what a run's flow and a provider's function
 * have in common. */
#ifndef SCRIPT_TASK_H
#define SCRIPT_TASK_H

#include "base/buffer.h"
#include "base/error.h"
#include "script/sandbox.h"

struct task;

enum task_step {
  TASK_ASKS,   /* the script yielded: op and args say for what */
  TASK_DONE,   /* the script returned: values holds the JSON array of what */
  TASK_FAILED, /* the script raised or was stopped: error says why */
};

struct task_news {
  char op[32];
  int line;             /* the script's line that asked */
  struct buffer values; /* args as canonical JSON, or the returned values as an array */
  struct error error;
};

/* Takes the function on top of the sandbox's main stack. NULL with *error if out of
 * memory; the function is gone either way. */
struct task *task_new(struct sandbox *sandbox, struct error *error);
void task_free(struct task *task);

/* Goes on with the values of a JSON array (its top-level nulls are nil). *news is
 * overwritten; free its buffer with task_news_free. Do not resume after DONE or FAILED.
 */
enum task_step task_resume(struct task *task, const char *values, size_t length,
                           struct task_news *news);
void task_news_free(struct task_news *news);

/* What a script's library calls to ask: op(name, args) yields both. Raises while the
 * script is only loading. */
int task_op(lua_State *L);

#endif
