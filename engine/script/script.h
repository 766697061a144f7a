/* A loaded script: its sandbox, what it returned, and the engine's side of its library.
 */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include "script/sandbox.h"
#include "script/source.h"
#include "script/task.h"

#include <jansson.h>

struct script;

/* Readies a new sandbox with the modules that scripts of this kind may require; among
 * them a library that leaves its engine's side, a table of functions, in the registry as
 * "outdial.host". Its function take(definition) gives a description, or nil and why not.
 */
typedef bool (*script_ready_fn)(void *context, struct sandbox *sandbox,
                                struct error *error);

struct script_plan {
  struct sandbox_plan limits;
  script_ready_fn ready;
  void *ready_context;
  sandbox_find_fn find; /* for modules of the operator's */
  void *find_context;
  bool known; /* to be good: what it returns is neither checked nor described */
};

/* Loads the text, and takes what it returns. NULL with *error ("syntax", "script",
 * "runaway", "memory"), file and line first. */
struct script *script_load(const struct script_plan *plan, const struct source *source,
                           struct error *error);
void script_free(struct script *script);

/* What take returned; owned by the script. */
const json_t *script_description(const struct script *script);

/* A call of a function of the host table. No ops inside. */
struct script_call {
  const char *function;
  /* Pushes the arguments and returns how many there are; see tree_push_by. */
  int (*give)(lua_State *L, const void *given);
  const void *given;
  /* Takes what it needs of the results, so many on top of the stack; never raises. False
   * with *error. */
  bool (*take)(lua_State *L, int count, void *taken, struct error *error);
  void *taken;
};

/* False with *error when the script failed, or when take did. */
bool script_call(struct script *script, const struct script_call *call,
                 struct error *error);

/* The same with the values of args (taken over) as arguments. Returns the array of the
 * results (owned by the caller), or NULL with *error. */
json_t *script_ask(struct script *script, const char *function, json_t *args,
                   struct error *error);

/* A task that will call a function of the host table. */
struct task *script_task(struct script *script, const char *function,
                         const struct task_plan *plan, struct error *error);

/* Bytes of Lua memory in use. */
size_t script_memory(const struct script *script);

#endif
