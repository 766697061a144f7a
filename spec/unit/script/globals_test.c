#include "script/globals.h"

#include "script/dump.h"
#include "script/fixture.h"

#include <lauxlib.h>
#include <stdio.h>

static void note(void *context, const char *name, int line, bool written) {
  buffer_printf(context, "%s%s:%d ", written ? "=" : "", name, line);
}

/* The globals that the text uses, "=x:1 y:2 ". */
static const char *scan(const char *text) {
  static char result[65536];
  struct source source = {
      .path = (char *)"flows/test.lua", .text = (char *)text, .length = strlen(text)};
  struct buffer found = {0};
  struct error error = {.code = ""};
  if (globals_scan(&source, note, &found, &error))
    snprintf(result, sizeof result, "%s", buffer_string(&found));
  else
    snprintf(result, sizeof result, "%s: %s", error.code, error.message);
  buffer_free(&found);
  return result;
}

static void reads_and_writes_are_found_with_their_lines(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"", ""},
      {"local x = 1 return x", ""},
      {"return x", "x:1 "},
      {"x = 1", "=x:1 "},
      {"x = y\nz = 1", "y:1 =x:1 =z:2 "},
      {"\n\n\nprint(x)", "print:4 x:4 "},
      {"x.y.z = 1", "x:1 "},
      {"x:y()", "x:1 "},
      {"function f() end", "=f:1 "},
      {"local function f()\nreturn g()\nend\nreturn h", "g:2 h:4 "},
      {"return function() return function()\nreturn deep end end", "deep:2 "},
      {"local a <const> = 1\nreturn a + b", "b:2 "},
      {"for i = 1, n do s = s + i end", "n:1 s:1 =s:1 "},
      {"return _ENV.x, _G.y", "x:1 _G:1 "},
      {"_ENV.x = 1", "=x:1 "},
      {"a, b = 1, 2", "=b:1 =a:1 "},
      {"x = nil x = true x = 1.5 x = 'y' x = {}", "=x:1 =x:1 =x:1 =x:1 =x:1 "},
      {"goto done ::done:: return done", "done:1 "},
      {"local t <close> = x", "x:1 "},
      {"return ...", ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(scan(cases[i][0]), cases[i][1]);
}

static void a_local_environment_has_no_globals(void **state) {
  (void)state;
  assert_string_equal(scan("local _ENV = {} x = 1 return y"), "");
  assert_string_equal(scan("local function f(_ENV) return x end return y"), "y:1 ");
  assert_string_equal(scan("local function f(_ENV)\nreturn function() x = 1 return y end "
                           "end\nreturn z"),
                      "z:3 ");
  assert_string_equal(
      scan("local function f()\ny() local _ENV = {}\nreturn function() x = 1 "
           "end end"),
      "y:2 ");
  assert_string_equal(scan("local e = _ENV\nlocal _ENV = {}\nreturn x, e.y"), "");
}

static void constants(struct buffer *text, int count) {
  buffer_text(text, "local t = {");
  for (int i = 0; i < count; i++) buffer_printf(text, "'constant %d', ", i);
  buffer_text(text, "}\n");
}

/* More than 255 constants: names of globals no longer fit in an instruction. */
static void a_function_full_of_constants_hides_nothing(void **state) {
  (void)state;
  struct buffer text = {0};
  buffer_text(&text, "local t = {");
  for (int i = 0; i < 400; i++) buffer_printf(&text, "'constant %d', ", i);
  buffer_text(&text,
              "}\nlocal a = late\nother = a\nlate.x = a and f(t) or g\n"
              "local u = {}\nu.zzz = t.zzy\nx, u = t, late\n"
              "return function() return inner end\n");
  assert_string_equal(scan(text.data),
                      "late:2 =other:3 late:4 f:4 g:4 late:7 =x:7 inner:8 ");
  buffer_clear(&text);
  buffer_text(&text, "local t = {");
  for (int i = 0; i < 140000; i++) buffer_printf(&text, "%d.5,", i);
  buffer_text(&text, "}\nreturn late, t");
  assert_string_equal(scan(text.data), "late:2 ");
  buffer_free(&text);
}

/* Between finding where to write and writing there may be jumps and calls. */
static void a_write_is_found_beyond_jumps(void **state) {
  (void)state;
  struct buffer text = {0}, expected = {0};
  constants(&text, 400);
  for (int i = 0; i < 40; i++) {
    buffer_text(&text, "late = t.a and t");
    for (int k = 0; k < i; k++) buffer_text(&text, ".b");
    buffer_text(&text, " or t\n");
    buffer_printf(&expected, "=late:%d ", i + 2);
  }
  assert_string_equal(scan(text.data), expected.data);
  buffer_free(&text);
  buffer_free(&expected);
}

static void a_field_is_not_taken_for_a_global(void **state) {
  (void)state;
  struct buffer text = {0};
  constants(&text, 400);
  buffer_text(&text,
              "late, other = 1, 2\nlocal p, q, s = t.f()\nreturn s['constant 399']");
  assert_string_equal(scan(text.data), "=other:2 =late:2 ");
  buffer_clear(&text);
  constants(&text, 400);
  buffer_text(&text, "late, other = 1, 2\nlocal p, q, s = ...\nreturn s['constant 399']");
  assert_string_equal(scan(text.data), "=other:2 =late:2 ");
  buffer_clear(&text);
  constants(&text, 400);
  buffer_text(&text, "late, other = 1, 2\nlocal p, q, s\nreturn s['constant 399']");
  assert_string_equal(scan(text.data), "=other:2 =late:2 ");
  buffer_clear(&text);
  constants(&text, 400);
  buffer_text(&text,
              "late, other = 1, 2\nfor p, q, s in t.f do local x = "
              "s['constant 399'] end");
  assert_string_equal(scan(text.data), "=other:2 =late:2 ");
  buffer_free(&text);
}

static void a_long_name_is_found_too(void **state) {
  (void)state;
  assert_string_equal(
      scan("return a_name_that_is_longer_than_the_forty_bytes_of_lua_s_short_strings"),
      "a_name_that_is_longer_than_the_forty_bytes_of_lua_s_short_strings:1 ");
}

static void lines_far_apart_are_right(void **state) {
  (void)state;
  struct buffer text = {0};
  buffer_text(&text, "first = 1\n");
  for (int i = 0; i < 1000; i++) buffer_text(&text, "\n");
  buffer_text(&text, "second = 1\n");
  for (int i = 0; i < 150; i++)
    buffer_printf(&text, "local _ = third%d\n_ = nil\n", i % 2);
  const char *result = scan(text.data);
  assert_contains(result, "=first:1 =second:1002 third0:1003 third1:1005 ");
  buffer_free(&text);
  text = (struct buffer){0};
  for (int i = 0; i < 1000; i++) buffer_text(&text, "x()\n");
  assert_contains(scan(text.data), "x:127 x:128 x:129 x:130 ");
  assert_contains(scan(text.data), "x:999 x:1000 ");
  buffer_free(&text);
}

static void nothing_is_run(void **state) {
  (void)state;
  assert_string_equal(scan("while true do end"), "");
  assert_string_equal(scan("error 'ran'"), "error:1 ");
}

static void what_does_not_compile_is_told_with_its_line(void **state) {
  (void)state;
  assert_contains(scan("\nlocal = 1"), "syntax: flows/test.lua:2: ");
  assert_contains(scan("\033Lua"), "syntax: flows/test.lua: ");
  assert_contains(scan("goto nowhere"), "syntax: flows/test.lua:1: ");
}

static int append(lua_State *L, const void *bytes, size_t length, void *out) {
  (void)L;
  return !buffer_append(out, bytes, length);
}

/* Cut anywhere, or with any byte changed, a dump is read without harm. */
static void a_damaged_dump_does_no_harm(void **state) {
  (void)state;
  lua_State *L = luaL_newstate();
  struct buffer dump = {0};
  assert_int_equal(luaL_loadstring(L,
                                   "local a = 'x' b = {1, 2.5, a} function f(...) return "
                                   "function() c = a end end"),
                   LUA_OK);
  assert_int_equal(lua_dump(L, append, &dump, false), 0);
  lua_close(L);
  struct dump_function main;
  assert_true(dump_read(dump.data, dump.length, &main));
  dump_free(&main);
  for (size_t length = 0; length < dump.length; length++) {
    char *cut = malloc(length + 1); /* exactly so long, for the sanitizer */
    memcpy(cut, dump.data, length);
    assert_false(dump_read(cut, length, &main));
    dump_free(&main);
    free(cut);
  }
  for (size_t i = 0; i < dump.length; i++) {
    for (int bit = 0; bit < 8; bit++) {
      dump.data[i] ^= (char)(1 << bit);
      dump_read(dump.data, dump.length, &main);
      dump_free(&main);
      dump.data[i] ^= (char)(1 << bit);
    }
  }
  buffer_free(&dump);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_and_writes_are_found_with_their_lines),
      cmocka_unit_test(a_local_environment_has_no_globals),
      cmocka_unit_test(a_function_full_of_constants_hides_nothing),
      cmocka_unit_test(a_write_is_found_beyond_jumps),
      cmocka_unit_test(a_field_is_not_taken_for_a_global),
      cmocka_unit_test(a_long_name_is_found_too),
      cmocka_unit_test(lines_far_apart_are_right),
      cmocka_unit_test(nothing_is_run),
      cmocka_unit_test(what_does_not_compile_is_told_with_its_line),
      cmocka_unit_test(a_damaged_dump_does_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
