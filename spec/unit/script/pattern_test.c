#include "script/fixture.h"

#include <lauxlib.h>

/* Engine code sees Lua's own functions too: so both can be asked the same. */
static const char comparison[] =
    "local mine, theirs = string, lua.string\n"
    "local function same(a, b)\n"
    "  if a.n ~= b.n then return false end\n"
    "  for i = 1, a.n do if a[i] ~= b[i] then return false end end\n"
    "  return true\n"
    "end\n"
    "local function pack(good, ...)\n"
    "  if good then return table.pack(...) end\n"
    "  return table.pack(false, (theirs.gsub(..., \"to '[%w.?]+'\", 'to f')))\n"
    "end\n"
    "local function show(t)\n"
    "  local out = {}\n"
    "  for i = 1, t.n do\n"
    "    out[i] = (string.format('%q', tostring(t[i])):gsub('%z', '0'))\n"
    "  end\n"
    "  return table.concat(out, ', ')\n"
    "end\n"
    "local function check(name, ...)\n"
    "  local a = pack(pcall(mine[name], ...))\n"
    "  local b = pack(pcall(theirs[name], ...))\n"
    "  if same(a, b) then return end\n"
    "  error(string.format('%s(%s) is %s, not %s', name, show(table.pack(...)),\n"
    "    show(a), show(b)), 0)\n"
    "end\n"
    "local function all(library, text, pattern, init)\n"
    "  local out = {n = 0}\n"
    "  for a, b, c in library.gmatch(text, pattern, init) do\n"
    "    out[out.n + 1], out[out.n + 2], out[out.n + 3] = a, b or false, c or false\n"
    "    out.n = out.n + 3\n"
    "  end\n"
    "  return table.unpack(out, 1, out.n)\n"
    "end\n"
    "local function check_all(...)\n"
    "  local a = pack(pcall(all, mine, ...))\n"
    "  local b = pack(pcall(all, theirs, ...))\n"
    "  if same(a, b) then return end\n"
    "  error(string.format('gmatch(%s) is %s, not %s', show(table.pack(...)),\n"
    "    show(a), show(b)), 0)\n"
    "end\n";

/* What the text returns is left on the main stack. */
static struct sandbox *new_comparison(const char *text) {
  struct sandbox *sandbox =
      sandbox_new(&(struct sandbox_plan){.instructions = UINT64_C(1) << 40, .seed = 11});
  struct buffer whole = {0};
  struct error error;
  assert_non_null(sandbox);
  buffer_text(&whole, comparison);
  buffer_text(&whole, text);
  if (!sandbox_library(sandbox, "comparison", whole.data, whole.length, &error) ||
      !fixture_load(sandbox, "return require 'comparison'", &error))
    fail_msg("%s", error.message);
  buffer_free(&whole);
  return sandbox;
}

static void made_up_patterns_match_as_lua_has_it(void **state) {
  (void)state;
  struct sandbox *sandbox = new_comparison(
      "local parts = {'a', 'b', '1', '.', '%a', '%d', '%s', '%A', '%w', '[ab]', '[^a]',\n"
      "  '[a-c1]', '[%d_]', '[]a]', '[^]]', '[a-]', '[%a-z]', '(', ')', '()', '(a', "
      "'b)',\n"
      "  '*', '+', '-', '?', '^', '$', '%1', '%2', '%0', '%bab', '%b()', '%f[a]',\n"
      "  '%f[%w]', '%f[^a]', '%.', '%%', '%', '[', ']', '%f', '%b', '%ba', ' ', '\\0',\n"
      "  '\\xff', '[\\x80-\\xff]', '[^%s]', '%p', '%u', '%l', '%x', '%c', '%g', '%z'}\n"
      "local letters = {'a', 'b', 'c', '1', ' ', '(', ')', '.', '-', ']', '\\0', "
      "'\\xff', "
      "'A'}\n"
      "local function made(list, most)\n"
      "  local out = {}\n"
      "  for i = 1, math.random(0, most) do out[i] = list[math.random(#list)] end\n"
      "  return table.concat(out)\n"
      "end\n"
      "local replacements = {'', 'x', '<%0>', '<%1>', '%2', '%%', '%', '%x', {a = 'A', b "
      "= "
      "false},\n"
      "  function(a, b) return b or a end, function() end, function() return {} end, "
      "12}\n"
      "return function(rounds)\n"
      "  for _ = 1, rounds do\n"
      "    local text, pattern = made(letters, 12), made(parts, 6)\n"
      "    local init = math.random(-14, 14)\n"
      "    check('find', text, pattern)\n"
      "    check('find', text, pattern, init)\n"
      "    check('find', text, pattern, init, true)\n"
      "    check('match', text, pattern)\n"
      "    check('match', text, pattern, init)\n"
      "    check_all(text, pattern)\n"
      "    check_all(text, pattern, init)\n"
      "    local with = replacements[math.random(#replacements)]\n"
      "    check('gsub', text, pattern, with)\n"
      "    check('gsub', text, pattern, with, math.random(0, 3))\n"
      "  end\n"
      "  return true\n"
      "end\n");
  struct error error;
  lua_State *L = sandbox_state(sandbox);
  for (int i = 0; i < 25; i++) {
    lua_pushvalue(L, -1);
    lua_pushinteger(L, 2000);
    if (!sandbox_call(sandbox, 1, 0, &error)) fail_msg("%s", error.message);
  }
  sandbox_free(sandbox);
}

static void chosen_patterns_match_as_lua_has_it(void **state) {
  (void)state;
  struct sandbox *sandbox = new_comparison(
      "check('match', 'key = value', '^(%w+)%s*=%s*(%w+)$')\n"
      "check('match', '2026-03-01T10:00:00', '^(%d+)-(%d+)-(%d+)T(%d+)')\n"
      "check('gsub', 'hello world', 'o', '0', 1)\n"
      "check('gsub', 'hello world', '%w+', '%0 %0')\n"
      "check('gsub', 'abc', '', '-')\n"
      "check('gsub', 'abc', '()', '%1')\n"
      "check('gsub', '', '', 'x')\n"
      "check('gsub', 'abc', '^a', 'x')\n"
      "check('gsub', 'aaa', '^a', 'x')\n"
      "check('find', 'a.b', '.', 1, true)\n"
      "check('find', '', '')\n"
      "check('find', 'abc', '', 10)\n"
      "check('find', 'abc', '', 4)\n"
      "check('find', 'a\\0b', '\\0')\n"
      "check('find', 'a\\0b', '%z')\n"
      "check('find', ('a'):rep(300), ('a?'):rep(300))\n"
      "check('find', ('a'):rep(300), ('(a)'):rep(33))\n"
      "check('match', ('a'):rep(40), ('(a)'):rep(32))\n"
      "check('find', 'THE (quick) fox', '%((%a+)%)')\n"
      "check('find', 'THE (quick) fox', '%b()')\n"
      "check('gsub', 'THE (quick) fox', '%f[%a]%a+', string.len)\n"
      "check('find', 'x', {})\n"
      "check('find')\n"
      "check('gsub', 'x', 'x')\n"
      "check('gsub', 'x', 'x', true)\n"
      "check('gsub', 'x', 'x', 'y', 'z')\n"
      "check('find', 'x', 'x', 'y')\n"
      "check('find', 12, 2)\n"
      "check('match', 'x', '(()', 1)\n"
      "check('find', 'abc', 'b', math.mininteger)\n"
      "check('find', 'abc', 'b', math.maxinteger)\n"
      "check_all('abc', '', math.mininteger)\n"
      "check_all('abc', '', math.maxinteger)\n"
      "check_all('one two', '^%a+')\n"
      "return true\n");
  assert_true(lua_toboolean(sandbox_state(sandbox), -1));
  sandbox_free(sandbox);
}

static void gmatch_says_the_same_about_wrong_arguments(void **state) {
  (void)state;
  assert_contains(fixture_flow("string.gmatch()"), "bad argument #1 to 'gmatch'");
  assert_contains(fixture_flow("return ('x'):find({})"), "bad argument #1 to 'find'");
}

static void a_costly_pattern_is_stopped(void **state) {
  (void)state;
  static const char *const texts[] = {
      "local n = 30\nreturn (('a'):rep(n)):find(('a?'):rep(n) .. ('a'):rep(n))",
      "local s = ('a'):rep(20000)\nreturn s:find('.-.-.-b')",
      "local s = ('a'):rep(100000)\nreturn s:find('a*a*b')",
      "local s = ('('):rep(100000)\nreturn s:find('%b()')",
      "local s = ('a'):rep(100000)\nreturn s:gsub('(.-)%1b', '')",
      "local s = ('a'):rep(20000)\nreturn s:find('(a?)' .. ('%1'):rep(20000) .. 'b')",
      "local s = ('a'):rep(100000)\nfor w in s:gmatch('a*a*b') do end",
      "local s = ('a'):rep(100000)\nreturn pcall(s.match, s, 'a*a*b')",
      "local set = '[' .. ('b'):rep(100000) .. ']'\nreturn (('a'):rep(100000)):find(set)",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const char *result = fixture_flow(texts[i]);
    assert_contains(result, "runaway: flows/test.lua:2: stopped: too many instructions");
  }
}

static void a_long_text_is_no_trouble(void **state) {
  (void)state;
  assert_string_equal(
      fixture_flow("local s = ('word '):rep(20000)\n"
                   "local _, n = s:gsub('%a+', string.upper)\n"
                   "local m = 0 for w in s:gmatch('%S+') do m = m + 1 end\n"
                   "return {n, m, s:find('%s*$')}"),
      "[20000,20000,100000,100000]");
}

/* What gsub calls may search too, and may fail. */
static void gsub_calls_back(void **state) {
  (void)state;
  assert_string_equal(
      fixture_flow("return (('a1 b2'):gsub('%w+', function(w) return (w:gsub('%d', "
                   "'<%0>')) end))"),
      "\"a<1> b<2>\"");
  assert_contains(fixture_flow("('a'):gsub('a', function()\nerror 'oops' end)"),
                  "test.lua:2: oops");
  assert_contains(fixture_flow("('a'):gsub('a', setmetatable({}, {__index = function() "
                               "return {} end}))"),
                  "invalid replacement value (a table)");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(made_up_patterns_match_as_lua_has_it),
      cmocka_unit_test(chosen_patterns_match_as_lua_has_it),
      cmocka_unit_test(gmatch_says_the_same_about_wrong_arguments),
      cmocka_unit_test(a_costly_pattern_is_stopped),
      cmocka_unit_test(a_long_text_is_no_trouble),
      cmocka_unit_test(gsub_calls_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
