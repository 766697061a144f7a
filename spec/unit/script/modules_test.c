#include "script/fixture.h"

#include <lauxlib.h>

/* The operator's modules of these tests, by name. */
struct shelf {
  const char *names[4], *texts[4];
  int asked;
};

static bool find(void *context, const char *name, struct source *source,
                 struct error *error) {
  struct shelf *shelf = context;
  shelf->asked++;
  for (int i = 0; i < 4 && shelf->names[i]; i++) {
    if (strcmp(shelf->names[i], name) != 0) continue;
    char path[64];
    snprintf(path, sizeof path, "lib/%s.lua", name);
    *source = (struct source){.path = strdup(path), .text = strdup(shelf->texts[i])};
    source->length = strlen(source->text);
    return true;
  }
  return error_set(error, "missing", "no module '%s' here", name);
}

static struct sandbox *new_with(struct shelf *shelf) {
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  sandbox_finder(sandbox, find, shelf);
  return sandbox;
}

static void a_module_is_loaded_once(void **state) {
  (void)state;
  struct shelf shelf = {
      {"count"}, {"loads = (loads or 0) + 1 return {n = loads, name = ...}"}, 0};
  struct sandbox *sandbox = new_with(&shelf);
  assert_string_equal(
      fixture_eval(sandbox,
                   "assert(require 'count' == require 'count') return require 'count'"),
      "{\"n\":1,\"name\":\"count\"}");
  assert_int_equal(shelf.asked, 1);
  sandbox_free(sandbox);
}

static void a_module_that_returns_nothing_is_true(void **state) {
  (void)state;
  struct shelf shelf = {{"quiet", "no"}, {"", "return false"}, 0};
  struct sandbox *sandbox = new_with(&shelf);
  assert_string_equal(fixture_eval(sandbox, "return {require 'quiet', require 'no'}"),
                      "[true,false]");
  sandbox_free(sandbox);
}

static void a_circle_is_refused_with_its_path(void **state) {
  (void)state;
  struct shelf shelf = {{"a", "b", "c", "self"},
                        {"require 'b'", "require 'c'", "require 'b'", "require 'self'"},
                        0};
  struct sandbox *sandbox = new_with(&shelf);
  const char *result = fixture_eval(sandbox, "require 'a'");
  assert_contains(result, "script: lib/c.lua:1: ");
  assert_contains(result, "in a circle: b -> c -> b");
  assert_contains(fixture_eval(sandbox, "require 'self'"), "in a circle: self -> self");
  assert_string_equal(fixture_eval(sandbox, "return pcall(require, 'c')"), "false");
  sandbox_free(sandbox);
}

static void a_module_that_fails_says_where_and_may_be_tried_again(void **state) {
  (void)state;
  struct shelf shelf = {{"broken", "typo"}, {"\nerror 'oops'", "\nlocal = 1"}, 0};
  struct sandbox *sandbox = new_with(&shelf);
  assert_string_equal(fixture_eval(sandbox, "require 'broken'"),
                      "script: lib/broken.lua:2: oops");
  assert_contains(fixture_eval(sandbox, "require 'typo'"), "lib/typo.lua:2: ");
  shelf.texts[0] = "return 'mended'";
  assert_string_equal(fixture_eval(sandbox, "return require 'broken'"), "\"mended\"");
  sandbox_free(sandbox);
}

static void an_unknown_module_is_told_by_the_finder(void **state) {
  (void)state;
  struct shelf shelf = {{NULL}, {NULL}, 0};
  struct sandbox *sandbox = new_with(&shelf);
  assert_string_equal(fixture_eval(sandbox, "\nrequire 'nowhere'"),
                      "script: flows/test.lua:2: no module 'nowhere' here");
  sandbox_free(sandbox);
  assert_string_equal(fixture_flow("\nrequire 'nowhere'"),
                      "script: flows/test.lua:2: there is no module 'nowhere'");
  assert_contains(fixture_flow("require()"), "bad argument #1 to 'require'");
}

static void bytecode_is_refused(void **state) {
  (void)state;
  struct shelf shelf = {{"compiled"}, {"\033Lua"}, 0};
  struct sandbox *sandbox = new_with(&shelf);
  assert_contains(fixture_eval(sandbox, "require 'compiled'"), "binary chunk");
  sandbox_free(sandbox);
}

static int say_loading(lua_State *L) {
  lua_pushboolean(L, sandbox_loading(sandbox_of(L)));
  return 1;
}

static int open_loading(lua_State *L) {
  lua_pushvalue(L, 1);
  lua_setglobal(L, "opened_as");
  lua_pushcfunction(L, say_loading);
  return 1;
}

static void the_top_level_of_a_module_only_describes(void **state) {
  (void)state;
  struct shelf shelf = {{"late"}, {"return require 'loading' ()"}, 0};
  struct sandbox *sandbox = new_with(&shelf);
  struct error error;
  lua_State *L = sandbox_state(sandbox);
  assert_true(sandbox_module(sandbox, "loading", open_loading, &error));
  assert_true(fixture_load(sandbox,
                           "return function() local loading = require 'loading'\nreturn "
                           "require 'late', loading(), opened_as end",
                           &error));
  assert_true(sandbox_call(sandbox, 0, 3, &error));
  assert_true(lua_toboolean(L, -3));
  assert_false(lua_toboolean(L, -2));
  assert_string_equal(lua_tostring(L, -1), "loading");
  sandbox_free(sandbox);
}

static void a_module_that_loops_is_stopped_at_its_line(void **state) {
  (void)state;
  struct shelf shelf = {{"loop"}, {"\n\nwhile true do end"}, 0};
  struct sandbox *sandbox = new_with(&shelf);
  assert_contains(fixture_eval(sandbox, "pcall(require, 'loop')"),
                  "runaway: lib/loop.lua:3: stopped");
  sandbox_free(sandbox);
}

static void the_engines_modules_see_all_of_lua(void **state) {
  (void)state;
  static const char text[] =
      "secret = 'mine'\n"
      "return {dump = lua.string.dump ~= nil, next = lua.next ~= nil, debug = "
      "lua.debug.getinfo(1, 'S').short_src, safe = string.dump == nil, fail = function() "
      "error 'inside' end}";
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  struct error error;
  assert_true(sandbox_library(sandbox, "outdial.parts", text, sizeof text - 1, &error));
  assert_string_equal(
      fixture_eval(sandbox,
                   "local t = require 'outdial.parts' t.fail = nil\nreturn "
                   "{t, lua == nil, secret == nil}"),
      "[{\"debug\":\"outdial/parts.lua\",\"dump\":true,\"next\":true,\"safe\":"
      "true},true,true]");
  sandbox_free(sandbox);
}

/* What the engine's own Lua complains of is shown where the script called it. */
static void the_scripts_line_is_found_below_the_engines(void **state) {
  (void)state;
  static const char text[] =
      "return {loop = function() while true do end end, fail = "
      "function() error({}) end}";
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  struct error error;
  assert_true(sandbox_library(sandbox, "parts", text, sizeof text - 1, &error));
  assert_contains(fixture_eval(sandbox, "local parts = require 'parts'\nparts.fail()"),
                  "flows/test.lua:2: a table was raised");
  assert_contains(fixture_eval(sandbox, "local parts = require 'parts'\n\nparts.loop()"),
                  "runaway: flows/test.lua:3: stopped");
  sandbox_free(sandbox);
}

static void a_module_of_the_engine_is_compiled_when_it_is_required(void **state) {
  (void)state;
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  struct error error;
  assert_true(sandbox_library(sandbox, "outdial.x", "local =", 7, &error));
  assert_string_equal(fixture_eval(sandbox, "return 1"), "1");
  assert_contains(fixture_eval(sandbox, "require 'outdial.x'"), "outdial/x.lua:1: ");
  sandbox_free(sandbox);
}

static void the_engines_modules_come_first(void **state) {
  (void)state;
  struct shelf shelf = {{"loading"}, {"return 'theirs'"}, 0};
  struct sandbox *sandbox = new_with(&shelf);
  struct error error;
  assert_true(sandbox_module(sandbox, "loading", open_loading, &error));
  assert_string_equal(fixture_eval(sandbox, "return require 'loading' ()"), "true");
  assert_int_equal(shelf.asked, 0);
  sandbox_free(sandbox);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_module_is_loaded_once),
      cmocka_unit_test(a_module_that_returns_nothing_is_true),
      cmocka_unit_test(a_circle_is_refused_with_its_path),
      cmocka_unit_test(a_module_that_fails_says_where_and_may_be_tried_again),
      cmocka_unit_test(an_unknown_module_is_told_by_the_finder),
      cmocka_unit_test(bytecode_is_refused),
      cmocka_unit_test(the_top_level_of_a_module_only_describes),
      cmocka_unit_test(a_module_that_loops_is_stopped_at_its_line),
      cmocka_unit_test(the_engines_modules_see_all_of_lua),
      cmocka_unit_test(the_scripts_line_is_found_below_the_engines),
      cmocka_unit_test(a_module_of_the_engine_is_compiled_when_it_is_required),
      cmocka_unit_test(the_engines_modules_come_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
