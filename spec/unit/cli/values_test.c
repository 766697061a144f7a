#include "cli/values.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  *state = L;
  return 0;
}

static int tear_down(void **state) {
  lua_close(*state);
  return 0;
}

/* The value of a Lua expression as JSON. */
static void taken(lua_State *L, const char *expression, const char *expected) {
  char code[200];
  snprintf(code, sizeof code, "return %s", expression);
  assert_int_equal(luaL_dostring(L, code), LUA_OK);
  json_t *value = values_take(L, -1);
  char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
  assert_string_equal(text, expected);
  free(text);
  json_decref(value);
  lua_pop(L, 1);
}

static void takes_plain_values(void **state) {
  lua_State *L = *state;
  taken(L, "nil", "null");
  taken(L, "true", "true");
  taken(L, "7", "7");
  taken(L, "1.5", "1.5");
  taken(L, "'a\\0b'", "\"a\\u0000b\"");
  taken(L, "{ 1, { 'two' } }", "[1,[\"two\"]]");
  taken(L, "{ b = 1, a = {} }", "{\"a\":{},\"b\":1}");
  taken(L, "setmetatable({}, { list = true })", "[]");
}

static int take(lua_State *L) {
  json_decref(values_take(L, 1));
  return 0;
}

static void refused(lua_State *L, const char *expression, const char *part) {
  char code[300];
  lua_pushcfunction(L, take);
  lua_setglobal(L, "take");
  snprintf(code, sizeof code, "take(%s)", expression);
  assert_int_not_equal(luaL_dostring(L, code), LUA_OK);
  assert_non_null(strstr(lua_tostring(L, -1), part));
  lua_pop(L, 1);
}

static void refuses_what_json_does_not_have(void **state) {
  lua_State *L = *state;
  refused(L, "print", "plain value");
  refused(L, "{ a = { print } }", "plain value");
  refused(L, "{ [true] = 1 }", "has texts as keys");
  refused(L, "'\\xff'", "UTF-8");
  refused(L, "1/0", "number");
  refused(L, "(function() local t = {}; t.t = t; return t end)()", "too deep");
}

static void pushes_what_it_takes(void **state) {
  lua_State *L = *state;
  const char *text = "{\"a\": [1, null, \"x\"], \"b\": null, \"c\": 2.5, \"d\": false}";
  json_t *value = json_loads(text, 0, NULL);
  values_push(L, value);
  json_decref(value);
  lua_setglobal(L, "v");
  assert_int_equal(luaL_dostring(L,
                                 "assert(#v.a == 3 and v.a[1] == 1 and v.a[3] == 'x')\n"
                                 "assert(type(v.a[2]) == 'userdata' and v.b == nil)\n"
                                 "assert(v.c == 2.5 and v.d == false)\n"),
                   LUA_OK);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(takes_plain_values),
      TEST(refuses_what_json_does_not_have),
      TEST(pushes_what_it_takes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
