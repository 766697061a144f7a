#include "script/fixture.h"
#include "script/literals.h"

#include <lauxlib.h>
#include <lualib.h>

static lua_State *open_state(void) {
  lua_State *L = luaL_newstate();
  assert_non_null(L);
  value_open(L);
  return L;
}

static int setup(void **state) {
  *state = open_state();
  return 0;
}

static int teardown(void **state) {
  assert_int_equal(lua_gettop(*state), 0);
  lua_close(*state);
  return 0;
}

/* Decodes, encodes and compares. */
static void assert_becomes(lua_State *L, const char *text, const char *expected) {
  struct error error;
  struct buffer out = {0};
  if (!value_decode(L, text, strlen(text), &error))
    fail_msg("%s: %s", text, error.message);
  if (!value_encode(L, -1, &out, &error)) fail_msg("%s: %s", text, error.message);
  lua_pop(L, 1);
  assert_string_equal(buffer_string(&out), expected);
  buffer_free(&out);
}

static void assert_same(lua_State *L, const char *text) {
  assert_becomes(L, text, text);
}

static void texts_come_back_as_they_were(void **state) {
  static const char *const texts[] = {
      "null",
      "true",
      "false",
      "0",
      "-1",
      "\"\"",
      "[]",
      "{}",
      "[[]]",
      "[{}]",
      "{\"a\":[]}",
      "[null]",
      "[null,null]",
      "{\"a\":null}",
      "[1,[2,[3,[]]]]",
      "{\"a\":{\"b\":{\"c\":{}}}}",
      "13800138000",
      "\"13800138000\"",
      "[13800138000,\"13800138000\"]",
      "861380013800012",
      "1700000000123456",
      "999999999999999",
      "1000000000000000",
      "9007199254740991",
      "9007199254740992",
      "9007199254740993",
      "-9007199254740993",
      "9223372036854775807",
      "-9223372036854775808",
      "1234567890123456789",
      "[1234567890123456789,[]]",
      "0.1",
      "-2.5",
      "1e+300",
      "5e-324",
      "1.7976931348623157e+308",
      "0.30000000000000004",
      "1e+16",
      "3.141592653589793",
      "\"\\u0000\"",
      "\"\\n\\t\\\"\\\\\"",
      "\"é\"",
      "\"日本語\"",
      "\"😀\"",
      "\"a/b\"",
      "{\"\":1}",
      "{\"a\":1,\"b\":2}",
      "{\"1\":1}",
      "{\"Z\":1,\"a\":1,\"é\":1}",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_same(*state, texts[i]);
}

static void one_value_has_one_spelling(void **state) {
  static const char *const pairs[][2] = {
      {" [ ] ", "[]"},
      {"[\n]", "[]"},
      {"{ \"b\" : 1 , \"a\" : 2 }", "{\"a\":2,\"b\":1}"},
      {"{\"a\":1,\"a\":2}", "{\"a\":2}"},
      {"{\"ab\":1,\"a\":2,\"a\\u0000\":3}", "{\"a\":2,\"a\\u0000\":3,\"ab\":1}"},
      {"1.0", "1"},
      {"1e3", "1000"},
      {"-0", "0"},
      {"-0.0", "0"},
      {"1E2", "100"},
      {"1e15", "1000000000000000"},
      {"9007199254740992.0", "9007199254740992"},
      {"9007199254740994.0", "9007199254740994.0"},
      {"1.50", "1.5"},
      {"\"\\/\"", "\"/\""},
      {"\"\\u00e9\"", "\"é\""},
      {"\"\\ud83d\\ude00\"", "\"😀\""},
      {"\"\x7f\"", "\"\\u007f\""},
      {"18446744073709551616", "1.8446744073709552e+19"},
      {"9223372036854775808", "9.223372036854776e+18"},
      {"-9223372036854775809", "-9.223372036854776e+18"},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    assert_becomes(*state, pairs[i][0], pairs[i][1]);
}

static void numbers_have_the_subtype_of_their_spelling(void **state) {
  static const struct {
    const char *text;
    bool integer;
  } cases[] = {
      {"1", true},
      {"13800138000", true},
      {"1e3", true},
      {"2.0", true},
      {"0.5", false},
      {"1e16", false},
      {"10000000000000000", true},
      {"9223372036854775807", true},
      {"9223372036854775808", false},
      {"9007199254740994.0", false},
  };
  struct error error;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_true(value_decode(*state, cases[i].text, strlen(cases[i].text), &error));
    assert_int_equal(lua_isinteger(*state, -1), cases[i].integer);
    lua_pop(*state, 1);
  }
}

static uint64_t draw(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

static void every_integer_and_float_comes_back(void **state) {
  lua_State *L = *state;
  uint64_t seed = 88172645463325252u;
  struct error error;
  for (int i = 0; i < 20000; i++) {
    uint64_t bits = draw(&seed) >> (draw(&seed) % 64);
    lua_Number number;
    memcpy(&number, &bits, sizeof number);
    if (number != number || number - number != 0) number = 1;
    if (i % 2)
      lua_pushinteger(L, (lua_Integer)bits);
    else
      lua_pushnumber(L, number);
    struct buffer out = {0};
    assert_true(value_encode(L, -1, &out, &error));
    assert_true(value_decode(L, out.data, out.length, &error));
    assert_true(lua_rawequal(L, -1, -2));
    if (i % 2) assert_true(lua_isinteger(L, -1));
    buffer_free(&out);
    lua_pop(L, 2);
  }
}

static void a_list_and_an_object_stay_apart(void **state) {
  lua_State *L = *state;
  struct error error;
  assert_true(value_decode(L, "[]", 2, &error));
  assert_true(value_is_array(L, -1));
  assert_true(value_decode(L, "{}", 2, &error));
  assert_false(value_is_array(L, -1));
  value_mark_array(L, -1);
  assert_true(value_is_array(L, -1));
  lua_pop(L, 1);
  assert_true(value_decode(L, "[1]", 3, &error));
  assert_true(value_is_array(L, -1));
  lua_pushnil(L);
  lua_rawseti(L, -2, 1);
  struct buffer out = {0};
  assert_true(value_encode(L, -1, &out, &error));
  assert_string_equal(out.data, "[]"); /* emptied, it is a list still */
  buffer_free(&out);
  lua_pushinteger(L, 1);
  assert_false(value_is_array(L, -1));
  lua_pop(L, 3);
}

static void null_is_a_value_that_prints(void **state) {
  lua_State *L = *state;
  struct error error;
  assert_true(value_decode(L, "[null]", 6, &error));
  lua_rawgeti(L, -1, 1);
  assert_true(value_is_null(L, -1));
  assert_false(value_is_null(L, -2));
  value_push_null(L);
  assert_true(lua_rawequal(L, -1, -2));
  assert_string_equal(luaL_tolstring(L, -1, NULL), "null");
  lua_pop(L, 4);
}

static void assert_refused(lua_State *L, const char *text, size_t length,
                           const char *part) {
  struct error error = {.code = ""};
  int top = lua_gettop(L);
  if (value_decode(L, text, length, &error)) fail_msg("accepted: %s", text);
  assert_int_equal(lua_gettop(L), top);
  assert_string_equal(error.code, "json");
  assert_contains(error.message, part);
}

static void what_is_not_json_is_refused_with_its_place(void **state) {
  static const char *const cases[][2] = {
      {"", "character 1"},
      {" ", "character 2"},
      {"[", "character 2"},
      {"[1,]", "character 4"},
      {"[1 2]", "character 4"},
      {"[,1]", "character 2"},
      {"{\"a\" 1}", "character 6"},
      {"{1:2}", "character 2"},
      {"{\"a\":1,}", "character 8"},
      {"[1]]", "character 4"},
      {"[1]x", "character 4"},
      {"[1] [2]", "character 5"},
      {"nul", "character 1"},
      {"truee", "character 5"},
      {"'a'", "character 1"},
      {"NaN", "character 1"},
      {"[Infinity]", "character 2"},
      {"[-Infinity]", "character 2"},
      {"nan", "character 1"},
      {"0x10", "character 1"},
      {"[01]", "character 2"},
      {"[-]", "character 2"},
      {"[+1]", "character 2"},
      {"[1.]", "character 2"},
      {"[.5]", "character 2"},
      {"[-.5]", "character 2"},
      {"[1e]", "character 2"},
      {"[1e+]", "character 2"},
      {"[1.e5]", "character 2"},
      {"[1e999]", "too large"},
      {"[\"\\x\"]", "character 3"},
      {"[\"\\ud800\"]", "character 3"},
      {"[\"a\nb\"]", "character 4"},
      {"[\"a", "character 2"},
      {"[\"a\\", "character 2"},
      {"\"\xff\"", "character 2"},
      {"\"\xc0\x80\"", "character 2"},
      {"\"\xed\xa0\x80\"", "character 2"},
      {"\"\xf4\x90\x80\x80\"", "character 2"},
      {"\"\xe2\x82\"", "character 2"},
      {"\xef\xbb\xbf[]", "character 1"},
      {"{1234567890123456789:1}", "where a name must be"},
      {"{[]:1}", "where a name must be"},
      {"[1234567890123456789 2]", "character 22"},
      {"[[],[],1234567890123456789, x]", "character 29"},
      {"[12345678901234567890x]", "character 22"},
      {"[[]x]", "character 4"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_refused(*state, cases[i][0], strlen(cases[i][0]), cases[i][1]);
  assert_refused(*state, "[1]\0[2]", 7, "character 4");
  assert_refused(*state, "\0", 1, "character 1");
  assert_refused(*state, "[\"\0\"]", 5, "character 3");
}

static void fill(struct buffer *text, const char *part, int times) {
  for (int i = 0; i < times; i++) buffer_text(text, part);
}

static void depth_has_a_limit_both_ways(void **state) {
  lua_State *L = *state;
  struct buffer text = {0};
  fill(&text, "[", VALUE_DEPTH);
  fill(&text, "]", VALUE_DEPTH);
  assert_same(L, text.data);
  buffer_clear(&text);
  fill(&text, "{\"a\":", VALUE_DEPTH - 1);
  fill(&text, "{}", 1);
  fill(&text, "}", VALUE_DEPTH - 1);
  assert_same(L, text.data);
  buffer_clear(&text);
  fill(&text, "[", VALUE_DEPTH + 1);
  fill(&text, "]", VALUE_DEPTH + 1);
  assert_refused(L, text.data, text.length, "too deep at character 65");
  buffer_clear(&text);
  fill(&text, "[", 1000000);
  assert_refused(L, text.data, text.length, "too deep");
  buffer_free(&text);
}

static void a_text_has_a_size_limit(void **state) {
  struct buffer text = {0};
  buffer_text(&text, "\"");
  for (int i = 0; i < VALUE_LIMIT; i += 64)
    buffer_text(&text,
                "0123456789012345678901234567890123456789012345678901234567890123");
  buffer_text(&text, "\"");
  assert_refused(*state, text.data, text.length, "are allowed");
  buffer_free(&text);
}

/* Learns the marker from a state, as no input could, and gives it to the same state. */
static void a_marker_cannot_be_guessed(void **state) {
  lua_State *L = *state;
  assert_same(L, "[\"00000000000000000000000000000000[\"]");
  assert_same(L, "{\"00000000000000000000000000000000[\":1}");
  lua_State *other = open_state();
  assert_same(other, "[]"); /* it has one from then on */
  struct buffer one = {0}, two = {0};
  for (int which = 0; which < 2; which++) {
    lua_State *from = which ? other : L;
    lua_pushnil(from);
    while (lua_next(from, LUA_REGISTRYINDEX)) {
      if (lua_type(from, -1) == LUA_TSTRING && lua_rawlen(from, -1) == 32)
        buffer_text(which ? &two : &one, lua_tostring(from, -1));
      lua_pop(from, 1);
    }
  }
  assert_int_equal(one.length, 32);
  assert_int_equal(two.length, 32);
  assert_string_not_equal(one.data, two.data);
  buffer_free(&one);
  buffer_free(&two);
  lua_close(other);
}

/* Runs text in the state and encodes what it returns. */
static bool encode_lua(lua_State *L, const char *text, struct buffer *out,
                       struct error *error) {
  assert_int_equal(luaL_dostring(L, text), LUA_OK);
  int top = lua_gettop(L);
  bool encoded = value_encode(L, -1, out, error);
  assert_int_equal(lua_gettop(L), top);
  lua_pop(L, 1);
  return encoded;
}

static void what_is_no_plain_value_is_refused_with_its_path(void **state) {
  lua_State *L = *state;
  static const char *const cases[][2] = {
      {"return {verbs = {{}, {text = print}}}", "verbs[2].text: a function"},
      {"return {a = 0/0}", "a: not a number"},
      {"return {1, 1/0}", "[2]: an infinite"},
      {"return -1/0", "an infinite"},
      {"return {a = {1, nil, 3}}", "a: a list with gaps"},
      {"return {x = {1, a = 2}}", "x: a list that has named entries"},
      {"return {[1.5] = 1}", "neither text nor"},
      {"return {[true] = 1}", "neither text nor"},
      {"return {[0] = 1}", "neither text nor"},
      {"return {[-1] = 1}", "neither text nor"},
      {"return {[1 << 62] = 1}", "a list with gaps"},
      {"local t = {} t.t = t return t", "nested too deep"},
      {"local t = {} t[1] = t return t", "nested too deep"},
      {"return {a = '\\xff'}", "a: text that is not UTF-8"},
      {"return {['\\xff'] = 1}", "?: text that is not UTF-8"},
      {"return {a = '\\xed\\xa0\\x80'}", "a: text that is not UTF-8"},
      {"return {a = '\\xc0\\x80'}", "a: text that is not UTF-8"},
      {"return print", "a function cannot"},
      {"local t = {} for i = 1, 63 do t = {t, t} end return t", "too large"},
  };
  luaL_requiref(L, "_G", luaopen_base, 1);
  lua_pop(L, 1);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct buffer out = {0};
    struct error error = {.code = ""};
    buffer_text(&out, "before");
    if (encode_lua(L, cases[i][0], &out, &error)) fail_msg("accepted: %s", cases[i][0]);
    assert_string_equal(error.code, "json");
    assert_contains(error.message, cases[i][1]);
    assert_string_equal(out.data, "before");
    assert_false(out.failed);
    buffer_free(&out);
  }
}

static void a_full_buffer_is_left_as_it_was(void **state) {
  lua_State *L = *state;
  struct buffer out = {.limit = 10};
  struct error error;
  buffer_text(&out, "before");
  lua_pushstring(L, "longer");
  assert_false(value_encode(L, -1, &out, &error));
  assert_string_equal(out.data, "before");
  assert_false(out.failed);
  lua_pushstring(L, "xy");
  assert_true(value_encode(L, -1, &out, &error));
  assert_string_equal(out.data, "before\"xy\"");
  lua_pop(L, 2);
  buffer_free(&out);
}

static void metamethods_are_not_asked(void **state) {
  lua_State *L = *state;
  struct buffer out = {0};
  struct error error;
  luaL_requiref(L, "_G", luaopen_base, 1);
  lua_pop(L, 1);
  assert_true(encode_lua(L,
                         "return setmetatable({a = 1}, {__index = error, __len = error, "
                         "__pairs = error, __tostring = error})",
                         &out, &error));
  assert_string_equal(out.data, "{\"a\":1}");
  buffer_free(&out);
}

static void nil_is_null(void **state) {
  struct buffer out = {0};
  struct error error = {.code = "kept", .message = "kept"};
  lua_pushnil(*state);
  assert_true(value_encode(*state, -1, &out, &error));
  assert_string_equal(out.data, "null");
  assert_string_equal(error.code, "kept");
  lua_pop(*state, 1);
  buffer_free(&out);
}

/* A text that says [] much takes more memory as Lua tables than as JSON. */
static void what_does_not_fit_in_a_sandbox_is_refused(void **state) {
  (void)state;
  struct sandbox *sandbox = sandbox_new(&(struct sandbox_plan){.memory = 1 << 20});
  struct buffer text = {0};
  struct error error;
  lua_State *L = sandbox_state(sandbox);
  fill(&text, "[", 1);
  fill(&text, "[1],", 20000);
  fill(&text, "[1]]", 1);
  assert_false(value_decode(L, text.data, text.length, &error));
  assert_string_equal(error.code, "memory");
  assert_int_equal(lua_gettop(L), 0);
  assert_true(value_decode(L, "[1]", 3, &error)); /* the next one may fit */
  lua_pop(L, 1);
  assert_string_equal(fixture_eval(sandbox, "return {1}"), "[1]");
  buffer_free(&text);
  sandbox_free(sandbox);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(texts_come_back_as_they_were, setup, teardown),
      cmocka_unit_test_setup_teardown(one_value_has_one_spelling, setup, teardown),
      cmocka_unit_test_setup_teardown(numbers_have_the_subtype_of_their_spelling, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(every_integer_and_float_comes_back, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(a_list_and_an_object_stay_apart, setup, teardown),
      cmocka_unit_test_setup_teardown(null_is_a_value_that_prints, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_not_json_is_refused_with_its_place, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(depth_has_a_limit_both_ways, setup, teardown),
      cmocka_unit_test_setup_teardown(a_text_has_a_size_limit, setup, teardown),
      cmocka_unit_test_setup_teardown(a_marker_cannot_be_guessed, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_no_plain_value_is_refused_with_its_path,
                                      setup, teardown),
      cmocka_unit_test_setup_teardown(a_full_buffer_is_left_as_it_was, setup, teardown),
      cmocka_unit_test_setup_teardown(metamethods_are_not_asked, setup, teardown),
      cmocka_unit_test_setup_teardown(nil_is_null, setup, teardown),
      cmocka_unit_test(what_does_not_fit_in_a_sandbox_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
