#include "script/script.h"

#include "script/tree.h"

#include <stdlib.h>

struct script {
  struct sandbox *sandbox;
  json_t *description;
};

/* host[name], or nil where no script has required the library; then the arguments. */
static int give_call(lua_State *L) {
  const struct script_call *call = lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (lua_getfield(L, LUA_REGISTRYINDEX, "outdial.host") == LUA_TTABLE)
    lua_getfield(L, 1, call->function);
  else
    lua_pushnil(L);
  return call->give ? 1 + call->give(L, call->given) : 1;
}

/* The function and its arguments. */
static bool push_call(struct script *script, const struct script_call *call,
                      struct error *error) {
  lua_State *L = sandbox_state(script->sandbox);
  int base = lua_gettop(L);
  if (!sandbox_goes_on(script->sandbox, error)) return false;
  if (!tree_push_by(L, give_call, call, error)) return false;
  if (!lua_isnil(L, base + 1)) return true;
  lua_settop(L, base);
  return error_set(error, "script", "the script must begin with require \"outdial\"");
}

bool script_call(struct script *script, const struct script_call *call,
                 struct error *error) {
  lua_State *L = sandbox_state(script->sandbox);
  int base = lua_gettop(L);
  bool called =
      push_call(script, call, error) &&
      sandbox_call(script->sandbox, lua_gettop(L) - base - 1, LUA_MULTRET, error) &&
      call->take(L, lua_gettop(L) - base, call->taken, error);
  lua_settop(L, base);
  return called;
}

static int give_values(lua_State *L, const void *given) {
  return tree_give_each(L, given);
}

static bool take_values(lua_State *L, int count, void *taken, struct error *error) {
  json_t **values = taken;
  *values = tree_take_each(L, count, error);
  return *values != NULL;
}

json_t *script_ask(struct script *script, const char *function, json_t *args,
                   struct error *error) {
  json_t *values = NULL;
  struct script_call call = {function, give_values, args, take_values, &values};
  if (args)
    script_call(script, &call, error);
  else
    error_set(error, "memory", "out of memory for a script");
  json_decref(args);
  return values;
}

struct task *script_task(struct script *script, const char *function,
                         const struct task_plan *plan, struct error *error) {
  if (!push_call(script, &(struct script_call){.function = function}, error)) return NULL;
  return task_new(script->sandbox, plan, error);
}

/* The chunk's value is on the stack: hands it to take. */
static bool take(struct script *script, const struct source *source,
                 struct error *error) {
  lua_State *L = sandbox_state(script->sandbox);
  int definition = lua_gettop(L);
  json_t *values = NULL;
  struct error wrong;
  if (push_call(script, &(struct script_call){.function = "take"}, &wrong)) {
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

/* Where the library looks. Runs under lua_pcall. */
static int note_known(lua_State *L) {
  lua_pushboolean(L, true);
  lua_setfield(L, LUA_REGISTRYINDEX, "outdial.known");
  return 0;
}

static bool tell_known(const struct script_plan *plan, struct sandbox *sandbox,
                       struct error *error) {
  if (!plan->known) return true;
  lua_pushcfunction(sandbox_state(sandbox), note_known);
  return sandbox_call(sandbox, 0, 0, error);
}

struct script *script_load(const struct script_plan *plan, const struct source *source,
                           struct error *error) {
  struct script *script = calloc(1, sizeof *script);
  if (!script) goto memory;
  script->sandbox = sandbox_new(&plan->limits);
  if (!script->sandbox) goto memory;
  if (plan->find) sandbox_finder(script->sandbox, plan->find, plan->find_context);
  if (tell_known(plan, script->sandbox, error) &&
      plan->ready(plan->ready_context, script->sandbox, error) &&
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
