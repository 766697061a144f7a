#include "script/task.h"

#include "script/value.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct task {
  struct sandbox *sandbox;
  lua_State *coroutine;
  int reference; /* keeps the coroutine from being collected */
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

struct task *task_new(struct sandbox *sandbox, struct error *error) {
  lua_State *L = sandbox_state(sandbox);
  struct task *task = calloc(1, sizeof *task);
  if (!task) {
    lua_pop(L, 1);
    error_set(error, "memory", "out of memory for a script");
    return NULL;
  }
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
  luaL_unref(sandbox_state(task->sandbox), LUA_REGISTRYINDEX, task->reference);
  free(task);
}

void task_news_free(struct task_news *news) {
  buffer_free(&news->values);
}

/* Moves the array's values onto the coroutine's stack; nulls become nil. Neither raises:
 * all memory was taken by value_decode and lua_checkstack. */
static bool unpack(struct task *task, const char *values, size_t length, int *count,
                   struct error *error) {
  lua_State *L = sandbox_state(task->sandbox);
  lua_State *coroutine = task->coroutine;
  if (!value_decode(L, values, length, error)) return false;
  *count = (int)lua_rawlen(L, -1);
  bool fits = lua_checkstack(L, *count + 1) && lua_checkstack(coroutine, *count + 1);
  if (!fits) error_set(error, "memory", "too many values for a script");
  for (int i = 1; fits && i <= *count; i++) {
    lua_rawgeti(L, -1, i);
    if (value_is_null(L, -1)) {
      lua_pop(L, 1);
      lua_pushnil(L);
    }
    lua_xmove(L, coroutine, 1);
  }
  lua_pop(L, 1);
  return fits;
}

static enum task_step failed(struct task_news *news) {
  buffer_clear(&news->values);
  return TASK_FAILED;
}

static enum task_step returned(lua_State *L, int count, struct task_news *news) {
  buffer_text(&news->values, "[");
  for (int i = 1; i <= count; i++) {
    int index = i - count - 1;
    if (i > 1) buffer_text(&news->values, ",");
    if (lua_isnil(L, index))
      buffer_text(&news->values, "null");
    else if (!value_encode(L, index, &news->values, &news->error))
      return failed(news);
  }
  buffer_text(&news->values, "]");
  lua_pop(L, count);
  if (!news->values.failed) return TASK_DONE;
  error_set(&news->error, "memory", "what the script returned is too large");
  return failed(news);
}

static enum task_step asked(lua_State *L, int count, struct task_news *news) {
  char where[128];
  news->line = sandbox_where(L, where, sizeof where);
  struct error error;
  bool shaped = count == 2 && lua_type(L, -2) == LUA_TSTRING && lua_istable(L, -1);
  if (!shaped) {
    error_set(&news->error, "script", "%s: yielded outside of an operation", where);
    return failed(news);
  }
  snprintf(news->op, sizeof news->op, "%s", lua_tostring(L, -2));
  if (!value_encode(L, -1, &news->values, &error)) {
    error_set(&news->error, "script", "%s: %s: %s", where, news->op, error.message);
    return failed(news);
  }
  lua_pop(L, count);
  return TASK_ASKS;
}

enum task_step task_resume(struct task *task, const char *values, size_t length,
                           struct task_news *news) {
  int count = 0, results = 0;
  buffer_clear(&news->values);
  news->op[0] = '\0';
  news->line = 0;
  if (!unpack(task, values, length, &count, &news->error)) return failed(news);
  switch (sandbox_resume(task->sandbox, task->coroutine, count, &results, &news->error)) {
  case SANDBOX_DONE:
    return returned(task->coroutine, results, news);
  case SANDBOX_YIELDED:
    return asked(task->coroutine, results, news);
  default:
    return failed(news);
  }
}

int task_op(lua_State *L) {
  luaL_checktype(L, 1, LUA_TSTRING);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  if (sandbox_loading(sandbox_of(L)))
    return luaL_error(L,
                      "%s can be asked for only while the script runs, not while it "
                      "is loaded",
                      lua_tostring(L, 1));
  return lua_yield(L, 2);
}
