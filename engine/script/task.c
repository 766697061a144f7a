#include "script/task.h"

#include "script/tree.h"
#include "script/value.h"
#include "script/where.h"

#include <lauxlib.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct task {
  struct task_plan plan;
  struct sandbox *sandbox;
  lua_State *coroutine;
  int reference; /* keeps the coroutine from being collected */
  struct op op;
  json_t *values;  /* what the script gets next; NULL while an op is under way */
  json_t *held;    /* args of an op that has not begun; NULL: there is none */
  char where[128]; /* the line that asked last: "pin.lua:18" */
  bool going;      /* task_go is on the C stack: an answer only has to leave its values */
};

/* Runs under lua_pcall, since a new thread and a reference need memory. */
static int anchor(lua_State *L) {
  struct task *task = lua_touserdata(L, 2);
  task->coroutine = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, task->coroutine, 1);
  task->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

struct task *task_new(struct sandbox *sandbox, const struct task_plan *plan,
                      struct error *error) {
  lua_State *L = sandbox_state(sandbox);
  struct task *task = calloc(1, sizeof *task);
  if (!task) {
    lua_pop(L, 1);
    error_set(error, "memory", "out of memory for a script");
    return NULL;
  }
  task->plan = *plan;
  task->sandbox = sandbox;
  task->reference = LUA_NOREF;
  lua_pushcfunction(L, anchor);
  lua_insert(L, -2);
  lua_pushlightuserdata(L, task);
  if (sandbox_call(sandbox, 2, 0, error)) return task;
  free(task);
  return NULL;
}

void task_free(struct task *task) {
  if (!task) return;
  bool begun = task->op.kind && !task->held;
  if (begun && task->op.kind->cancel) task->op.kind->cancel(&task->op);
  json_decref(task->held);
  luaL_unref(sandbox_state(task->sandbox), LUA_REGISTRYINDEX, task->reference);
  json_decref(task->values);
  free(task);
}

struct op *task_op(struct task *task) {
  return &task->op;
}

/* Moves the array's values onto the coroutine's stack; nulls become nil. */
static bool unpack(struct task *task, int *count, struct error *error) {
  lua_State *L = sandbox_state(task->sandbox);
  if (!tree_push_each(L, task->values, count, error)) return false;
  bool fits = lua_checkstack(task->coroutine, *count + 1);
  if (fits)
    lua_xmove(L, task->coroutine, *count);
  else
    lua_pop(L, *count);
  return fits || error_set(error, "memory", "too many values for a script");
}

static void over(struct task *task, json_t *values, const struct error *error) {
  task->plan.over(task->plan.owner, values, error);
  json_decref(values);
}

static void returned(struct task *task, int count) {
  struct error error;
  json_t *values = tree_take_each(task->coroutine, count, &error);
  over(task, values, values ? NULL : &error);
}

/* The args as a tree for the op, and as text for an owner that writes it down. */
static json_t *read_args(struct task *task, struct buffer *text, struct error *error) {
  struct error wrong;
  json_t *args = tree_take(task->coroutine, -1, &wrong);
  bool written = args && (!task->plan.asked || tree_write(args, text));
  if (args && !written) error_set(&wrong, "memory", "out of memory");
  if (written && text->length > VALUE_LIMIT)
    written = error_set(&wrong, "json", "the value is too large");
  if (written) return args;
  error_set(error, "script", "%s: %s: %s", task->where, task->op.kind->name,
            wrong.message);
  task->op.kind = NULL;
  json_decref(args);
  return NULL;
}

/* Reads what was yielded: the op's name stays valid, it is a constant of the kind. */
static json_t *read_ask(struct task *task, int count, struct task_ask *ask,
                        struct buffer *text, struct error *error) {
  lua_State *L = task->coroutine;
  char *where = task->where;
  int line = sandbox_where(L, where, sizeof task->where);
  bool shaped = count == 2 && lua_type(L, -2) == LUA_TSTRING && lua_istable(L, -1);
  task->op.kind = shaped ? op_kind_find(task->plan.kinds, lua_tostring(L, -2)) : NULL;
  if (!shaped)
    error_set(error, "script", "%s: yielded outside of an operation", where);
  else if (!task->op.kind)
    error_set(error, "script", "%s: there is no operation '%s' here", where,
              lua_tostring(L, -2));
  if (!task->op.kind) return NULL;
  json_t *args = read_args(task, text, error);
  if (!args) return NULL;
  lua_pop(L, count);
  *ask = (struct task_ask){
      task->op.kind->name, buffer_string(text), text->length, args, where, line};
  return args;
}

static void go(struct task *task);

static void answer(struct op *op, json_t *values) {
  struct task *task = (struct task *)((char *)op - offsetof(struct task, op));
  if (!values)
    values = json_pack("[n, {ss, ss}]", "code", "memory", "message", "out of memory");
  if (task->plan.answered) task->plan.answered(task->plan.owner, values);
  task->values = values;
  if (!task->going) go(task);
}

/* Begins the op, or does with it what the owner says. */
static void begin(struct task *task, const struct task_ask *ask) {
  enum task_verdict verdict = TASK_BEGIN;
  json_t *values = NULL;
  task->op.answer = answer;
  task->op.owner = task->plan.owner;
  task->op.parts = task->plan.parts;
  task->op.since = 0;
  task->op.due = 0;
  if (task->plan.asked) verdict = task->plan.asked(task->plan.owner, ask, &values);
  if (verdict == TASK_BEGIN) {
    task->op.kind->begin(&task->op, ask->tree);
    return;
  }
  if (verdict == TASK_HOLD) {
    task->held = json_incref((json_t *)ask->tree);
    return;
  }
  task->op.kind = NULL;
  task->values = values;
}

bool task_is_held(const struct task *task) {
  return task->held != NULL;
}

void task_go_ahead(struct task *task) {
  json_t *args = task->held;
  task->held = NULL;
  if (!args) return;
  task->op.kind->begin(&task->op, args); /* after which the task may be gone */
  json_decref(args);
}

/* False when the task is over. */
static bool asked(struct task *task, int count) {
  struct buffer text = {0};
  struct task_ask ask;
  struct error error;
  json_t *args = read_ask(task, count, &ask, &text, &error);
  bool goes_on = args != NULL;
  if (args)
    begin(task, &ask);
  else
    over(task, NULL, &error);
  buffer_free(&text);
  json_decref(args);
  return goes_on;
}

/* Hands the script its values and sees what it does next: true when it asked for an op.
 */
static bool step(struct task *task) {
  struct error error = {.code = "memory", .message = "out of memory for a script"};
  int count = 0, results = 0;
  bool unpacked = unpack(task, &count, &error);
  json_decref(task->values);
  task->values = NULL;
  enum sandbox_outcome outcome = SANDBOX_FAILED;
  if (unpacked)
    outcome = sandbox_resume(task->sandbox, task->coroutine, count, &results, &error);
  if (outcome == SANDBOX_YIELDED) return asked(task, results);
  if (outcome == SANDBOX_DONE)
    returned(task, results);
  else
    over(task, NULL, &error);
  return false;
}

/* A loop and not a recursion: a script may ask for thousands of ops that finish at once.
 */
static void go(struct task *task) {
  task->going = true;
  while (task->values)
    if (!step(task)) return; /* over: the task may be gone */
  task->going = false;
}

void task_start(struct task *task, json_t *args) {
  task->values = args ? args : json_array();
  go(task);
}

int task_yield(lua_State *L) {
  luaL_checktype(L, 1, LUA_TSTRING);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  bool loading = sandbox_loading(sandbox_of(L));
  if (!loading && lua_isyieldable(L)) return lua_yield(L, 2);
  bool at_once = lua_pushthread(L); /* called by the engine, which waits for it */
  char where[WHERE_SIZE];
  sandbox_where(L, where, sizeof where);
  lua_pushfstring(L, "%s: '%s' can be asked for only while the script runs, not %s",
                  where, lua_tostring(L, 1),
                  loading   ? "while it is loaded"
                  : at_once ? "where it must answer at once (plan, webhook)"
                            : "inside string.gsub, table.sort and their like");
  return lua_error(L);
}
