#include "script/fixture.h"

#include <lauxlib.h>

static void a_script_leaves_its_one_value(void **state) {
  (void)state;
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  struct error error;
  lua_State *L = sandbox_state(sandbox);
  assert_true(fixture_load(sandbox, "return 1, 2", &error));
  assert_int_equal(lua_gettop(L), 1);
  lua_pop(L, 1);
  assert_true(fixture_load(sandbox, "", &error));
  assert_true(lua_isnil(L, -1));
  lua_pop(L, 1);
  sandbox_free(sandbox);
}

static void errors_begin_with_file_and_line(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"local x =", "syntax: flows/test.lua:1: unexpected symbol near <eof>"},
      {"x = = 1", "syntax: flows/test.lua:1: "},
      {"\033Lua", "syntax: flows/test.lua: attempt to load a binary chunk"},
      {"\nerror 'oops'", "script: flows/test.lua:2: oops"},
      {"\nerror('oops', 0)", "script: flows/test.lua:2: oops"},
      {"\nlocal t; t.x = 1", "script: flows/test.lua:2: attempt to index a nil value"},
      {"\nerror()", "script: flows/test.lua:2: a nil was raised"},
      {"\nerror(12)", "script: flows/test.lua:2: 12"},
      {"\nerror(print)", "script: flows/test.lua:2: a nil was raised"},
      {"\nerror(tostring)", "script: flows/test.lua:2: a function was raised"},
      {"\nerror {}", "script: flows/test.lua:2: a table was raised"},
      {"\nerror {code = 'busy'}", "busy: flows/test.lua:2: a table was raised"},
      {"error {code = 'busy', message = 'no line'}", "busy: no line"},
      {"error {message = 'no line'}", "script: no line"},
      {"error {code = 1, message = {}}", "script: flows/test.lua:1: a table was raised"},
      {"error '\\xff\\n\\0 end'", "script: flows/test.lua:1: ??"},
      {"('x'):rep(-1, {})", "script: flows/test.lua:1: bad argument #2 to 'rep'"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *result = fixture_flow(cases[i][0]);
    if (strncmp(result, cases[i][1], strlen(cases[i][1])) != 0)
      fail_msg("%s: %s", cases[i][0], result);
  }
}

static void a_long_path_keeps_its_end(void **state) {
  (void)state;
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  char path[1000];
  memset(path, 'x', sizeof path);
  strcpy(path + 900, "/pin.lua");
  struct source source = {.path = path, .text = (char *)"error()", .length = 7};
  struct error error;
  assert_false(sandbox_load(sandbox, &source, &error));
  assert_contains(error.message, "x/pin.lua:1: a nil was raised");
  assert_true(strlen(error.message) < 300);
  sandbox_free(sandbox);
}

static int double_it(lua_State *L) {
  lua_pushinteger(L, 2 * luaL_checkinteger(L, 1));
  return 1;
}

static void a_call_takes_its_arguments_and_leaves_its_results(void **state) {
  (void)state;
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  struct error error;
  lua_State *L = sandbox_state(sandbox);
  lua_pushstring(L, "below");
  lua_pushcfunction(L, double_it);
  lua_pushinteger(L, 21);
  assert_true(sandbox_call(sandbox, 1, 1, &error));
  assert_int_equal(lua_gettop(L), 2);
  assert_int_equal(lua_tointeger(L, -1), 42);
  lua_settop(L, 1);
  lua_pushcfunction(L, double_it);
  lua_pushstring(L, "x");
  assert_false(sandbox_call(sandbox, 1, 1, &error));
  assert_int_equal(lua_gettop(L), 1);
  assert_string_equal(error.code, "script");
  assert_contains(error.message, "number expected, got string");
  assert_true(fixture_load(sandbox, "return function() return 1, 2, 3 end", &error));
  assert_true(sandbox_call(sandbox, 0, LUA_MULTRET, &error));
  assert_int_equal(lua_gettop(L), 4);
  sandbox_free(sandbox);
}

static lua_State *coroutine_of(struct sandbox *sandbox, const char *text) {
  struct error error;
  lua_State *L = sandbox_state(sandbox);
  if (!fixture_load(sandbox, text, &error)) fail_msg("%s", error.message);
  lua_State *coroutine = lua_newthread(L);
  lua_insert(L, -2);
  lua_xmove(L, coroutine, 1);
  return coroutine;
}

static int ask(lua_State *L) {
  return lua_yield(L, lua_gettop(L));
}

static int open_ask(lua_State *L) {
  lua_pushcfunction(L, ask);
  return 1;
}

static void a_coroutine_yields_and_goes_on(void **state) {
  (void)state;
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  struct error error;
  int results;
  assert_true(sandbox_module(sandbox, "ask", open_ask, &error));
  lua_State *coroutine = coroutine_of(sandbox,
                                      "local ask = require 'ask'\nreturn function(a)\n"
                                      "local b, c = ask(a + 1)\nreturn b + c end");
  assert_ptr_equal(sandbox_of(coroutine), sandbox);
  lua_pushinteger(coroutine, 1);
  assert_int_equal(sandbox_resume(sandbox, coroutine, 1, &results, &error),
                   SANDBOX_YIELDED);
  assert_int_equal(results, 1);
  assert_int_equal(lua_tointeger(coroutine, -1), 2);
  char where[64];
  assert_int_equal(sandbox_where(coroutine, where, sizeof where), 3);
  assert_string_equal(where, "flows/test.lua:3");
  assert_int_equal(sandbox_where(coroutine, where, 12), 3);
  assert_string_equal(where, "...st.lua:3");
  lua_pop(coroutine, 1);
  lua_pushinteger(coroutine, 20);
  lua_pushinteger(coroutine, 22);
  assert_int_equal(sandbox_resume(sandbox, coroutine, 2, &results, &error), SANDBOX_DONE);
  assert_int_equal(results, 1);
  assert_int_equal(lua_tointeger(coroutine, -1), 42);
  assert_int_equal(sandbox_where(coroutine, where, sizeof where), 0);
  sandbox_free(sandbox);
}

static void a_failed_coroutine_tells_where(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"return function()\nerror('oops', 0) end", "flows/test.lua:2: oops"},
      {"return function()\nerror {} end", "flows/test.lua:2: a table was raised"},
      {"return function()\nlocal x = nil + 1 end", "flows/test.lua:2: attempt"},
      {"return function()\nwhile true do end end", "flows/test.lua:2: stopped"},
      {"return function()\nwhile true do pcall(error) end end",
       "flows/test.lua:2: stopped"},
      {"return function()\nreturn ('x'):rep(1 << 30) end", "flows/test.lua:2: stopped"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
    struct error error;
    int results;
    lua_State *coroutine = coroutine_of(sandbox, cases[i][0]);
    assert_int_equal(sandbox_resume(sandbox, coroutine, 0, &results, &error),
                     SANDBOX_FAILED);
    assert_int_equal(results, 0);
    assert_contains(error.message, cases[i][1]);
    assert_int_equal(lua_gettop(sandbox_state(sandbox)), 1);
    sandbox_free(sandbox);
  }
}

static void a_stopped_sandbox_only_fails(void **state) {
  (void)state;
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  struct error error;
  int results;
  lua_State *L = sandbox_state(sandbox);
  lua_State *coroutine = coroutine_of(sandbox, "return function() return 1 end");
  assert_false(fixture_load(sandbox, "x", &error)); /* not stopped by that */
  assert_string_equal(error.code, "syntax");
  lua_pushcfunction(L, double_it);
  lua_insert(L, 1);
  lua_settop(L, 2);
  assert_false(fixture_load(sandbox, "while true do end", &error));
  assert_int_equal(sandbox_resume(sandbox, coroutine, 0, &results, &error),
                   SANDBOX_FAILED);
  assert_string_equal(error.code, "runaway");
  lua_settop(L, 1);
  lua_pushinteger(L, 1);
  assert_false(sandbox_call(sandbox, 1, 1, &error));
  assert_string_equal(error.code, "runaway");
  assert_int_equal(lua_gettop(L), 0);
  assert_false(sandbox_module(sandbox, "x", open_ask, &error));
  sandbox_free(sandbox);
}

static int say_loading(lua_State *L) {
  lua_pushboolean(L, sandbox_loading(sandbox_of(L)));
  return 1;
}

static int open_loading(lua_State *L) {
  lua_pushcfunction(L, say_loading);
  return 1;
}

static void the_top_level_of_a_script_is_told_from_its_run(void **state) {
  (void)state;
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  struct error error;
  lua_State *L = sandbox_state(sandbox);
  assert_true(sandbox_module(sandbox, "loading", open_loading, &error));
  assert_string_equal(fixture_eval(sandbox, "return require 'loading' ()"), "true");
  assert_true(fixture_load(sandbox, "return require 'loading'", &error));
  assert_true(sandbox_call(sandbox, 0, 1, &error));
  assert_false(lua_toboolean(L, -1));
  lua_pop(L, 1);
  assert_false(fixture_load(sandbox, "error()", &error));
  assert_false(sandbox_loading(sandbox));
  sandbox_free(sandbox);
}

static void a_yield_while_loading_is_an_error(void **state) {
  (void)state;
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  struct error error;
  assert_true(sandbox_module(sandbox, "ask", open_ask, &error));
  assert_contains(fixture_eval(sandbox, "return require 'ask' ()"),
                  "attempt to yield from outside a coroutine");
  sandbox_free(sandbox);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_script_leaves_its_one_value),
      cmocka_unit_test(errors_begin_with_file_and_line),
      cmocka_unit_test(a_long_path_keeps_its_end),
      cmocka_unit_test(a_call_takes_its_arguments_and_leaves_its_results),
      cmocka_unit_test(a_coroutine_yields_and_goes_on),
      cmocka_unit_test(a_failed_coroutine_tells_where),
      cmocka_unit_test(a_stopped_sandbox_only_fails),
      cmocka_unit_test(the_top_level_of_a_script_is_told_from_its_run),
      cmocka_unit_test(a_yield_while_loading_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
