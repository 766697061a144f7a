/* Puts a script's modules into its sandbox, and lists the ops it may ask for. */
#include "bind/internal.h"

const struct op_kind *const bind_flow_ops[] = {
    &bind_call_op,      &bind_place_op,  &bind_collect_op,
    &bind_wait_op,      &bind_detach_op, &bind_finish_op,
    &bind_flow_http_op, &bind_audio_op,  &bind_sleep_op,
    &bind_now_op,       &bind_random_op, &bind_uuid_op,
    &bind_log_op,       &bind_host_op,   NULL,
};

const struct op_kind *const bind_provider_ops[] = {
    &bind_submit_op, &bind_http_op, &bind_enter_op, &bind_leave_op, NULL,
};

static int open_op(lua_State *L) {
  lua_pushcfunction(L, task_yield);
  return 1;
}

static int keep_parts(lua_State *L) {
  lua_setfield(L, LUA_REGISTRYINDEX, "outdial.parts");
  return 0;
}

static bool add_parts(struct sandbox *sandbox, void *parts, struct error *error) {
  lua_State *L = sandbox_state(sandbox);
  lua_pushcfunction(L, keep_parts);
  lua_pushlightuserdata(L, parts);
  return sandbox_call(sandbox, 1, 0, error);
}

/* A library under its own name, or, as the script's entrance, as "outdial". */
static bool add_library(struct sandbox *sandbox, const char *library, const char *name,
                        struct error *error) {
  struct bind_library found;
  return bind_library_find(library, &found) &&
         sandbox_library(sandbox, name, found.code, found.length, error);
}

static bool add_common(struct sandbox *sandbox, void *parts, struct error *error) {
  static const char *const libraries[] = {"outdial.options", "outdial.api",
                                          "outdial.time", "outdial.params",
                                          "outdial.traits"};
  bool added = add_parts(sandbox, parts, error) &&
               sandbox_module(sandbox, "outdial.json", bind_open_json, error) &&
               sandbox_module(sandbox, "outdial.op", open_op, error);
  for (size_t i = 0; added && i < sizeof libraries / sizeof *libraries; i++)
    added = add_library(sandbox, libraries[i], libraries[i], error);
  return added;
}

bool bind_flow(void *context, struct sandbox *sandbox, struct error *error) {
  return add_common(sandbox, context, error) &&
         add_library(sandbox, "outdial.flow", "outdial", error);
}

bool bind_provider(void *context, struct sandbox *sandbox, struct error *error) {
  return add_common(sandbox, context, error) &&
         sandbox_module(sandbox, "outdial.live", bind_open_live, error) &&
         add_library(sandbox, "outdial.provider", "outdial", error);
}

bool bind_check(void *context, struct sandbox *sandbox, struct error *error) {
  static const char *const libraries[] = {"outdial.flow",        "outdial.provider",
                                          "outdial.tokens",      "outdial.script",
                                          "outdial.declaration", "outdial.check"};
  bool added = add_common(sandbox, context, error) &&
               sandbox_module(sandbox, "outdial.live", bind_open_live, error);
  for (size_t i = 0; added && i < sizeof libraries / sizeof *libraries; i++)
    added = add_library(sandbox, libraries[i], libraries[i], error);
  return added;
}
