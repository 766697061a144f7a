#include "script/script.h"

#include "script/tree.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

struct script {
  struct sandbox *sandbox;
  json_t *description;
};

/* host[name], or nil where no script has required the library. Runs under lua_pcall. */
static int host_function(lua_State *L) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, "outdial.host") != LUA_TTABLE) return 0;
  lua_pushstring(L, lua_touserdata(L, 1));
  lua_gettable(L, -2);
  return 1;
}

static bool push_function(struct script *script, const char *name, struct error *error) {
  lua_State *L = sandbox_state(script->sandbox);
  lua_pushcfunction(L, host_function);
  lua_pushlightuserdata(L, (void *)name);
  if (!sandbox_call(script->sandbox, 1, 1, error)) return false;
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return error_set(error, "script", "the script must begin with require \"outdial\"");
}

json_t *script_call(struct script *script, const char *function, json_t *args,
                    struct error *error) {
  lua_State *L = sandbox_state(script->sandbox);
  int base = lua_gettop(L), count = 0;
  json_t *values = NULL;
  error_set(error, "memory", "out of memory for a script");
  bool called = lua_checkstack(L, 4) && push_function(script, function, error) &&
                tree_push_each(L, args, &count, error) &&
                sandbox_call(script->sandbox, count, LUA_MULTRET, error);
  if (called) values = tree_take_each(L, lua_gettop(L) - base, error);
  lua_settop(L, base);
  json_decref(args);
  return values;
}

struct task *script_task(struct script *script, const char *function,
                         const struct task_plan *plan, struct error *error) {
  if (!push_function(script, function, error)) return NULL;
  return task_new(script->sandbox, plan, error);
}

/* The chunk's value is on the stack: hands it to take. */
static bool take(struct script *script, const struct source *source,
                 struct error *error) {
  lua_State *L = sandbox_state(script->sandbox);
  int definition = lua_gettop(L);
  json_t *values = NULL;
  struct error wrong;
  if (push_function(script, "take", &wrong)) {
    lua_insert(L, definition);
    if (sandbox_call(script->sandbox, 1, LUA_MULTRET, error))
      values = tree_take_each(L, lua_gettop(L) - definition + 1, error);
  } else {
    error_set(error, wrong.code, "%s: %s", source->path, wrong.message);
  }
  lua_settop(L, definition - 1);
  if (!values) return false;
  script->description = json_incref(json_array_get(values, 0));
  if (!json_is_object(script->description))
    error_set(error, "script", "%s: %s", source->path,
              json_string_value(json_array_get(values, 1)));
  json_decref(values);
  return json_is_object(script->description);
}

struct script *script_load(const struct script_plan *plan, const struct source *source,
                           struct error *error) {
  struct script *script = calloc(1, sizeof *script);
  if (!script) goto memory;
  script->sandbox = sandbox_new(&plan->limits);
  if (!script->sandbox) goto memory;
  if (plan->find) sandbox_finder(script->sandbox, plan->find, plan->find_context);
  if (plan->ready(plan->ready_context, script->sandbox, error) &&
      sandbox_load(script->sandbox, source, error) && take(script, source, error))
    return script;
  script_free(script);
  return NULL;
memory:
  script_free(script);
  error_set(error, "memory", "out of memory for %s", source->path);
  return NULL;
}

void script_free(struct script *script) {
  if (!script) return;
  sandbox_free(script->sandbox);
  json_decref(script->description);
  free(script);
}

const json_t *script_description(const struct script *script) {
  return script->description;
}

size_t script_memory(const struct script *script) {
  return sandbox_memory(script->sandbox);
}
