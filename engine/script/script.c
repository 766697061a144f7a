#include "script/script.h"

#include "base/buffer.h"
#include "script/value.h"

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

/* Pushes each value of the array; *count is how many. */
static bool push_values(lua_State *L, json_t *args, int *count, struct error *error) {
  char *text = json_dumps(args, JSON_COMPACT);
  *count = (int)json_array_size(args);
  bool decoded = text && value_decode(L, text, strlen(text), error);
  if (!text) error_set(error, "memory", "out of memory for a script");
  free(text);
  if (!decoded) return false;
  int list = lua_gettop(L);
  if (!lua_checkstack(L, *count + 1)) {
    lua_pop(L, 1);
    return error_set(error, "memory", "too many values for a script");
  }
  for (int i = 1; i <= *count; i++) {
    lua_rawgeti(L, list, i);
    if (!value_is_null(L, -1)) continue;
    lua_pop(L, 1);
    lua_pushnil(L);
  }
  lua_remove(L, list);
  return true;
}

/* The values above base as an array; leaves the stack at base. */
static json_t *pop_values(lua_State *L, int base, struct error *error) {
  struct buffer text = {0};
  json_t *values = json_array();
  for (int i = base + 1; values && i <= lua_gettop(L); i++) {
    buffer_clear(&text);
    json_t *value = NULL;
    if (lua_isnil(L, i))
      value = json_null();
    else if (value_encode(L, i, &text, error))
      value = json_loadb(text.data, text.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (value && json_array_append_new(values, value) == 0) continue;
    json_decref(values);
    values = NULL;
  }
  lua_settop(L, base);
  buffer_free(&text);
  return values;
}

json_t *script_call(struct script *script, const char *function, json_t *args,
                    struct error *error) {
  lua_State *L = sandbox_state(script->sandbox);
  int base = lua_gettop(L), count = 0;
  json_t *values = NULL;
  error_set(error, "memory", "out of memory for a script");
  bool called = lua_checkstack(L, 4) && push_function(script, function, error) &&
                push_values(L, args, &count, error) &&
                sandbox_call(script->sandbox, count, LUA_MULTRET, error);
  if (called) values = pop_values(L, base, error);
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
      values = pop_values(L, definition - 1, error);
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
