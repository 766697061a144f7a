#include "script/fixture.h"
#include "script/tree.h"

#include <lauxlib.h>
#include <lualib.h>
#include <math.h>

static int setup(void **state) {
  lua_State *L = luaL_newstate();
  assert_non_null(L);
  value_open(L);
  luaL_requiref(L, "_G", luaopen_base, 1);
  lua_pop(L, 1);
  *state = L;
  return 0;
}

static int teardown(void **state) {
  assert_int_equal(lua_gettop(*state), 0);
  lua_close(*state);
  return 0;
}

static json_t *tree_of(const char *text) {
  json_t *tree = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  if (!tree) fail_msg("no JSON: %s", text);
  return tree;
}

static void encode_top(lua_State *L, struct buffer *out) {
  struct error error;
  if (!value_encode(L, -1, out, &error)) fail_msg("%s", error.message);
  lua_pop(L, 1);
}

static const char *const texts[] = {
    "null",
    "true",
    "false",
    "0",
    "-7",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "0.1",
    "1.0",
    "-0.0",
    "1e300",
    "9007199254740992.0",
    "9007199254740994.0",
    "\"\"",
    "\"a\\u0000b\"",
    "\"日本語 😀\"",
    "\"1234567é12345678é\"",
    "[]",
    "{}",
    "[[],{},null,[null]]",
    "{\"b\":1,\"a\":{\"c\":[]},\"\":null,\"1\":1}",
    ("{\"q\":1,\"p\":2,\"o\":3,\"n\":4,\"m\":5,\"l\":6,\"k\":7,\"j\":8,\"i\":9,\"h\":10,"
     "\"g\":11,\"f\":12,\"e\":13,\"d\":14,\"c\":15,\"b\":16,\"ab\":17,\"a\":18,\"é\":"
     "19}"),
};

/* Lua sees the same whether a value comes as text or as a tree. */
static void a_tree_is_pushed_as_its_text_is_decoded(void **state) {
  lua_State *L = *state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct error error;
    struct buffer by_text = {0}, by_tree = {0};
    json_t *tree = tree_of(texts[i]);
    assert_true(value_decode(L, texts[i], strlen(texts[i]), &error));
    assert_true(tree_push(L, tree, &error));
    assert_int_equal(lua_isinteger(L, -1), lua_isinteger(L, -2));
    assert_int_equal(value_is_array(L, -1), value_is_array(L, -2));
    assert_int_equal(value_is_null(L, -1), value_is_null(L, -2));
    encode_top(L, &by_tree);
    encode_top(L, &by_text);
    assert_string_equal(by_tree.data, by_text.data);
    buffer_free(&by_text);
    buffer_free(&by_tree);
    json_decref(tree);
  }
}

static void a_tree_is_written_as_text_that_reads_the_same(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct buffer out = {0};
    json_t *tree = tree_of(texts[i]);
    assert_true(tree_write(tree, &out));
    json_t *again =
        json_loadb(out.data, out.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_true(json_equal(tree, again));
    assert_null(strchr(out.data, '\n'));
    buffer_free(&out);
    json_decref(again);
    json_decref(tree);
  }
}

static void what_does_not_fit_is_not_written(void **state) {
  (void)state;
  struct buffer out = {.limit = 8};
  json_t *tree = tree_of("[1,2,3,4,5,6]");
  assert_false(tree_write(tree, &out));
  buffer_free(&out);
  json_decref(tree);
}

/* And is written as value_encode has it. */
static void what_is_taken_is_what_was_pushed(void **state) {
  lua_State *L = *state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct error error;
    struct buffer text = {0};
    json_t *tree = tree_of(texts[i]);
    assert_true(tree_push(L, tree, &error));
    json_t *taken = tree_take(L, -1, &error);
    encode_top(L, &text);
    json_t *expected = tree_of(text.data);
    assert_true(json_equal(taken, expected));
    struct buffer written = {0};
    assert_true(tree_write(taken, &written));
    assert_string_equal(written.data, text.data);
    buffer_free(&written);
    json_decref(expected);
    json_decref(taken);
    json_decref(tree);
    buffer_free(&text);
  }
}

static void names_are_taken_in_order(void **state) {
  lua_State *L = *state;
  struct error error;
  for (int count = 1; count <= 40; count++) {
    lua_newtable(L);
    for (int i = count; i > 0; i--) {
      char name[8];
      snprintf(name, sizeof name, "%c%d", 'a' + i % 26, i);
      lua_pushinteger(L, i);
      lua_setfield(L, -2, name);
    }
    json_t *object = tree_take(L, 1, &error);
    assert_int_equal(json_object_size(object), count);
    const char *before = "", *name;
    json_t *value;
    json_object_foreach (object, name, value) {
      assert_true(strcmp(before, name) < 0);
      before = name;
    }
    json_decref(object);
    lua_pop(L, 1);
  }
}

static void several_values_have_nil_for_null(void **state) {
  lua_State *L = *state;
  struct error error;
  int count;
  json_t *values = tree_of("[null,1,[null],null]");
  lua_pushliteral(L, "below");
  assert_true(tree_push_each(L, values, &count, &error));
  assert_int_equal(count, 4);
  assert_int_equal(lua_gettop(L), 5);
  assert_true(lua_isnil(L, 2));
  assert_int_equal(lua_tointeger(L, 3), 1);
  lua_rawgeti(L, 4, 1);
  assert_true(value_is_null(L, -1));
  lua_pop(L, 1);
  assert_true(lua_isnil(L, 5));
  json_t *taken = tree_take_each(L, 4, &error);
  assert_true(json_equal(taken, values));
  json_decref(taken);
  taken = tree_take_each(L, 0, &error);
  assert_int_equal(json_array_size(taken), 0);
  json_decref(taken);
  json_decref(values);
  lua_settop(L, 0);
}

static void what_is_no_plain_value_is_refused_in_the_words_for_text(void **state) {
  lua_State *L = *state;
  static const char *const cases[] = {
      "{verbs = {{}, {text = print}}}",
      "{a = 0/0}",
      "{1, 1/0}",
      "-1/0",
      "{a = {1, nil, 3}}",
      "{x = {1, a = 2}}",
      "{[1.5] = 1}",
      "{[true] = 1}",
      "{[0] = 1}",
      "{a = '\\xff'}",
      "{a = '12345678\\xff'}",
      "{a = '1234567\\xe91'}",
      "{['\\xff'] = 1}",
      "print",
      "(function() local t = {} t.t = t return t end)()",
      "(function() local t = {} t[1] = t return t end)()",
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error by_text = {.code = ""}, by_tree = {.code = ""};
    struct buffer out = {0};
    lua_pushfstring(L, "return %s", cases[i]);
    assert_int_equal(luaL_dostring(L, lua_tostring(L, -1)), LUA_OK);
    assert_false(value_encode(L, -1, &out, &by_text));
    assert_null(tree_take(L, -1, &by_tree));
    assert_int_equal(lua_gettop(L), 2);
    assert_string_equal(by_tree.code, by_text.code);
    assert_string_equal(by_tree.message, by_text.message);
    assert_null(tree_take_each(L, 1, &by_tree));
    lua_settop(L, 0);
    buffer_free(&out);
  }
}

static void what_jansson_could_not_read_again_is_refused(void **state) {
  lua_State *L = *state;
  struct error error;
  lua_newtable(L);
  lua_pushinteger(L, 1);
  lua_pushlstring(L, "a\0b", 3);
  lua_insert(L, -2);
  lua_rawset(L, -3);
  assert_null(tree_take(L, -1, &error));
  assert_contains(error.message, "a name with a NUL in it");
  lua_pop(L, 1);
}

static void sizes_have_a_limit(void **state) {
  lua_State *L = *state;
  struct error error;
  int good = luaL_dostring(L, "local t = {} for i = 1, 63 do t = {t, t} end return t");
  assert_int_equal(good, LUA_OK);
  assert_null(tree_take(L, -1, &error));
  assert_contains(error.message, "too large");
  lua_pop(L, 1);
  json_t *deep = json_array(), *level = deep;
  for (int i = 1; i < VALUE_DEPTH; i++) {
    json_array_append_new(level, json_array());
    level = json_array_get(level, 0);
  }
  assert_true(tree_push(L, deep, &error));
  json_t *taken = tree_take(L, -1, &error);
  assert_true(json_equal(taken, deep));
  lua_pop(L, 1);
  json_array_append_new(level, json_array());
  json_array_append_new(json_array_get(level, 0), json_null());
  assert_false(tree_push(L, deep, &error));
  assert_string_equal(error.code, "json");
  json_decref(taken);
  json_decref(deep);
}

static void a_value_that_does_not_fit_is_refused_and_the_sandbox_goes_on(void **state) {
  (void)state;
  struct sandbox_plan plan = {.kind = SANDBOX_FLOW, .memory = 1 << 20};
  struct sandbox *sandbox = sandbox_new(&plan);
  lua_State *L = sandbox_state(sandbox);
  struct error error;
  json_t *list = json_array();
  for (int i = 0; i < 200000; i++) json_array_append_new(list, json_integer(i));
  assert_false(tree_push(L, list, &error));
  assert_string_equal(error.code, "memory");
  assert_int_equal(lua_gettop(L), 0);
  json_decref(list);
  assert_string_equal(fixture_eval(sandbox, "return {1, 2}"), "[1,2]");
  sandbox_free(sandbox);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_tree_is_pushed_as_its_text_is_decoded, setup,
                                      teardown),
      cmocka_unit_test(a_tree_is_written_as_text_that_reads_the_same),
      cmocka_unit_test(what_does_not_fit_is_not_written),
      cmocka_unit_test_setup_teardown(what_is_taken_is_what_was_pushed, setup, teardown),
      cmocka_unit_test_setup_teardown(names_are_taken_in_order, setup, teardown),
      cmocka_unit_test_setup_teardown(several_values_have_nil_for_null, setup, teardown),
      cmocka_unit_test_setup_teardown(
          what_is_no_plain_value_is_refused_in_the_words_for_text, setup, teardown),
      cmocka_unit_test_setup_teardown(what_jansson_could_not_read_again_is_refused, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(sizes_have_a_limit, setup, teardown),
      cmocka_unit_test(a_value_that_does_not_fit_is_refused_and_the_sandbox_goes_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
