#include "script/sandbox.h"

#include "base/arena.h"
#include "script/failure.h"
#include "script/libraries.h"
#include "script/limits.h"
#include "script/modules.h"
#include "script/value.h"
#include "script/where.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_MEMORY ((size_t)16 << 20)
#define DEFAULT_INSTRUCTIONS UINT64_C(10000000)

/* Of Lua's collector. By its own measures it may free 50,000 objects at once, which holds
 * the loop for 25 ms; by these it frees a few hundred, or some thousand when a large
 * block was made, and still outruns any script. */
enum {
  UNCOLLECTED = 128, /* KiB */
  STEP_WORK = 1,     /* for each 16 bytes that were made, objects looked at */
  STEP_SIZE = 10,    /* binary logarithm of the bytes from one step to the next */
};

struct sandbox {
  struct limits limits; /* first: what the state's extra space points to */
  struct modules modules;
  lua_State *L;
  struct arena *arena;     /* what the state is in; NULL: in a heap */
  struct heap blocks;      /* the arena's */
  char script[WHERE_SIZE]; /* the path of what was loaded */
  char where[WHERE_SIZE];  /* of the newest error, noted before the stack unwinds */
};

static int open(lua_State *L) {
  struct sandbox *sandbox = lua_touserdata(L, 1);
  libraries_open(L, lua_touserdata(L, 2));
  modules_open(L, &sandbox->modules);
  value_open(L);
  return 0;
}

/* Within the cap from the start, as if a script ran. Making a state leaves hardly any
 * garbage: the collector waits until a script has used some memory of its own. */
static bool ready(struct sandbox *sandbox, const struct sandbox_plan *plan) {
  lua_State *L = sandbox->L;
  limits_open(L, &sandbox->limits);
  lua_gc(L, LUA_GCINC, 0, STEP_WORK, STEP_SIZE);
  lua_gc(L, LUA_GCSTEP, -UNCOLLECTED);
  limits_begin(&sandbox->limits, L);
  lua_pushcfunction(L, open);
  lua_pushlightuserdata(L, sandbox);
  lua_pushlightuserdata(L, (void *)plan);
  bool opened = lua_pcall(L, 2, 0, 0) == LUA_OK;
  return limits_end(&sandbox->limits, NULL) && opened;
}

/* An arena's own blocks are nothing that a sanitizer could watch. */
static void choose_memory(struct sandbox *sandbox, const struct sandbox_plan *plan) {
#ifndef __SANITIZE_ADDRESS__
  bool given = plan->heap && plan->heap->resize;
  if (plan->pages && !given) sandbox->arena = arena_new(plan->pages);
#endif
  sandbox->blocks = (struct heap){arena_resize, sandbox->arena};
  sandbox->limits.heap = sandbox->arena ? &sandbox->blocks : plan->heap;
}

struct sandbox *sandbox_new(const struct sandbox_plan *plan) {
  struct sandbox *sandbox = calloc(1, sizeof *sandbox);
  if (!sandbox) return NULL;
  snprintf(sandbox->script, sizeof sandbox->script, "script");
  choose_memory(sandbox, plan);
  sandbox->limits.memory = plan->memory ? plan->memory : DEFAULT_MEMORY;
  sandbox->limits.line = plan->line;
  sandbox->limits.line_context = plan->line_context;
  sandbox->limits.budget = plan->instructions ? plan->instructions : DEFAULT_INSTRUCTIONS;
  sandbox->L = lua_newstate(limits_alloc, &sandbox->limits);
  if (sandbox->L && ready(sandbox, plan)) return sandbox;
  sandbox_free(sandbox);
  return NULL;
}

void sandbox_free(struct sandbox *sandbox) {
  if (!sandbox) return;
  bool whole = sandbox->arena && !sandbox->limits.owes;
  if (sandbox->L && !whole) lua_close(sandbox->L);
  if (sandbox->arena) arena_free(sandbox->arena);
  modules_forget(&sandbox->modules);
  free(sandbox);
}

lua_State *sandbox_state(const struct sandbox *sandbox) {
  return sandbox->L;
}

struct sandbox *sandbox_of(lua_State *L) {
  return (struct sandbox *)limits_of(L);
}

bool sandbox_loading(const struct sandbox *sandbox) {
  return sandbox->modules.loading > 0;
}

size_t sandbox_memory(const struct sandbox *sandbox) {
  return sandbox->limits.used;
}

/* A tail call leaves no line behind, but the script is known. */
int sandbox_where(lua_State *coroutine, char *out, size_t size) {
  int line = where_of(coroutine, out, size);
  if (!line) snprintf(out, size, "%s", sandbox_of(coroutine)->script);
  return line;
}

void sandbox_finder(struct sandbox *sandbox, sandbox_find_fn find, void *context) {
  sandbox->modules.find = find;
  sandbox->modules.context = context;
}

static bool refuse_stopped(const struct sandbox *sandbox, struct error *error) {
  if (!sandbox->limits.stopped) return error_set(error, "memory", "out of memory");
  const struct error *reason = &sandbox->limits.reason;
  error_set(error, reason->code, "%s", reason->message);
  modules_show(&sandbox->modules, error);
  return false;
}

bool sandbox_goes_on(const struct sandbox *sandbox, struct error *error) {
  return !sandbox->limits.stopped || refuse_stopped(sandbox, error);
}

/* The message handler: the place is lost once the stack has unwound. */
static int note_where(lua_State *L) {
  struct sandbox *sandbox = sandbox_of(L);
  sandbox_where(L, sandbox->where, sizeof sandbox->where);
  return 1;
}

/* lua_pcall within the limits; the raised value is left on failure. */
static int call_limited(struct sandbox *sandbox, int count, int results, bool *going) {
  lua_State *L = sandbox->L, *before = sandbox->limits.running;
  int function = lua_gettop(L) - count;
  sandbox->where[0] = '\0';
  lua_pushcfunction(L, note_where);
  lua_insert(L, function);
  limits_begin(&sandbox->limits, L);
  int status = lua_pcall(L, count, results, function);
  *going = limits_end(&sandbox->limits, before);
  lua_remove(L, function);
  return status;
}

bool sandbox_call(struct sandbox *sandbox, int count, int results, struct error *error) {
  lua_State *L = sandbox->L;
  int base = lua_gettop(L) - count - 1;
  bool going = !sandbox->limits.stopped && lua_checkstack(L, 4);
  int status = LUA_OK;
  if (going) status = call_limited(sandbox, count, results, &going);
  if (going && status == LUA_OK) return true;
  const char *where = sandbox->where[0] ? sandbox->where : sandbox->script;
  if (going) failure_take(L, status, where, error);
  if (going) modules_show(&sandbox->modules, error);
  lua_settop(L, base);
  return going ? false : refuse_stopped(sandbox, error);
}

/* The raised value, moved to a stack on which functions can be called. */
static void take_failure(struct sandbox *sandbox, lua_State *coroutine, int status,
                         struct error *error) {
  lua_State *L = sandbox->limits.running ? sandbox->limits.running : sandbox->L;
  sandbox_where(coroutine, sandbox->where, sizeof sandbox->where);
  if (!lua_checkstack(L, 1)) {
    error_set(error, "memory", "%s: out of memory", sandbox->where);
    return;
  }
  lua_xmove(coroutine, L, 1);
  failure_take(L, status, sandbox->where, error);
  modules_show(&sandbox->modules, error);
}

enum sandbox_outcome sandbox_resume(struct sandbox *sandbox, lua_State *coroutine,
                                    int count, int *results, struct error *error) {
  struct limits *limits = &sandbox->limits;
  lua_State *before = limits->running;
  *results = 0;
  if (limits->stopped) {
    refuse_stopped(sandbox, error);
    return SANDBOX_FAILED;
  }
  limits_begin(limits, coroutine);
  int status = lua_resume(coroutine, before ? before : sandbox->L, count, results);
  bool going = limits_end(limits, before);
  if (going && status == LUA_OK) return SANDBOX_DONE;
  if (going && status == LUA_YIELD) return SANDBOX_YIELDED;
  *results = 0;
  if (going)
    take_failure(sandbox, coroutine, status, error);
  else
    refuse_stopped(sandbox, error);
  return SANDBOX_FAILED;
}

static bool refuse_compiled(struct sandbox *sandbox, int status,
                            const struct source *source, struct error *error) {
  struct error found;
  failure_take(sandbox->L, status, source->path, &found);
  error_set(error, status == LUA_ERRSYNTAX ? "syntax" : found.code, "%s", found.message);
  modules_show(&sandbox->modules, error);
  return false;
}

bool sandbox_load(struct sandbox *sandbox, const struct source *source,
                  struct error *error) {
  lua_State *L = sandbox->L;
  if (sandbox->limits.stopped) return refuse_stopped(sandbox, error);
  if (!lua_checkstack(L, 4))
    return error_set(error, "memory", "%s: out of memory", source->path);
  snprintf(sandbox->script, sizeof sandbox->script, "%s", source->path);
  modules_keep(&sandbox->modules, source);
  int status = modules_compile(L, source);
  if (status != LUA_OK) return refuse_compiled(sandbox, status, source, error);
  sandbox->modules.loading++;
  bool loaded = sandbox_call(sandbox, 0, 1, error);
  sandbox->modules.loading--;
  return loaded;
}

struct offer {
  const char *name;
  lua_CFunction open;
  const char *text;
  size_t length;
};

static int offer_module(lua_State *L) {
  const struct offer *offer = lua_touserdata(L, 1);
  lua_pushcfunction(L, offer->open);
  modules_offer(L, offer->name);
  return 0;
}

/* Compiled when it is first required: no script needs all of the library. */
static int load_library(lua_State *L) {
  const char *text = lua_touserdata(L, lua_upvalueindex(1));
  size_t length = (size_t)lua_tointeger(L, lua_upvalueindex(2));
  const char *name = luaL_checkstring(L, 1);
  lua_pushfstring(L, "=%s.lua", luaL_gsub(L, name, ".", "/"));
  const char *chunk = lua_tostring(L, -1);
  if (luaL_loadbufferx(L, text, length, chunk, "bt") != LUA_OK) return lua_error(L);
  libraries_push_trusted(L);
  lua_setupvalue(L, -2, 1);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

static int offer_library(lua_State *L) {
  const struct offer *offer = lua_touserdata(L, 1);
  lua_pushlightuserdata(L, (void *)offer->text);
  lua_pushinteger(L, (lua_Integer)offer->length);
  lua_pushcclosure(L, load_library, 2);
  modules_offer(L, offer->name);
  return 0;
}

static bool make_offer(struct sandbox *sandbox, lua_CFunction offerer,
                       struct offer *offer, struct error *error) {
  lua_State *L = sandbox->L;
  if (!lua_checkstack(L, 4)) return error_set(error, "memory", "out of memory");
  lua_pushcfunction(L, offerer);
  lua_pushlightuserdata(L, offer);
  return sandbox_call(sandbox, 1, 0, error);
}

bool sandbox_module(struct sandbox *sandbox, const char *name, lua_CFunction opener,
                    struct error *error) {
  return make_offer(sandbox, offer_module, &(struct offer){name, opener, NULL, 0}, error);
}

bool sandbox_library(struct sandbox *sandbox, const char *name, const char *text,
                     size_t length, struct error *error) {
  return make_offer(sandbox, offer_library, &(struct offer){name, NULL, text, length},
                    error);
}
