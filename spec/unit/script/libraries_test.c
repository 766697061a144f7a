#include "script/fixture.h"

static void what_could_reach_out_is_absent(void **state) {
  (void)state;
  static const char *const names[] = {
      "io",      "debug", "load", "loadfile", "loadstring", "dofile", "collectgarbage",
      "package", "print", "warn", "lua",      "string.dump"};
  char text[128];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(text, sizeof text, "return %s == nil", names[i]);
    assert_string_equal(fixture_flow(text), "true");
    assert_string_equal(fixture_provider(text), "true");
  }
}

static void a_flow_has_nothing_that_differs_from_run_to_run(void **state) {
  (void)state;
  assert_string_equal(
      fixture_flow("return os == nil and coroutine == nil and next == nil"), "true");
  assert_contains(fixture_flow("math.randomseed(1)"), "follow from its run");
  assert_contains(fixture_flow("setmetatable({}, {__mode = 'k'})"), "__mode");
  assert_contains(fixture_flow("return ('%p'):format({})"), "%p");
}

static void a_provider_has_the_clock_and_coroutines(void **state) {
  (void)state;
  assert_string_equal(
      fixture_provider(
          "local names = {} for name in pairs(getmetatable(os) == false and "
          "{} or os) do end\nreturn {os.time() > 0, os.clock() >= 0, "
          "os.date('%Y', 0), os.getenv == nil, os.execute == nil, os.exit == "
          "nil, os.remove == nil, os.rename == nil, os.tmpname == nil}"),
      "[true,true,\"1970\",true,true,true,true,true,true]");
  assert_string_equal(
      fixture_provider(
          "local co = coroutine.wrap(function(a) local b = coroutine.yield(a "
          "+ 1) return b * 2 end)\nreturn {co(1), co(10)}"),
      "[2,20]");
  assert_string_equal(fixture_provider("return {math.random(5, 5), next({7})}"),
                      "[5,1,7]");
}

static void the_libraries_are_read_only(void **state) {
  (void)state;
  static const char *const texts[] = {
      "string.format = 1",        "math.pi = 3",
      "table.insert(table, 1)",   "rawset(string, 'upper', 1)",
      "rawset(utf8, 'x', 1)",     "setmetatable(string, {})",
      "setmetatable(table, nil)", "getmetatable('').__index = {}",
      "getmetatable('').x.y = 1",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const char *result = fixture_flow(texts[i]);
    if (strncmp(result, "script: ", 8) != 0) fail_msg("%s: %s", texts[i], result);
  }
  assert_string_equal(fixture_flow("return {getmetatable('x'), getmetatable(string)}"),
                      "[false,false]");
  assert_string_equal(fixture_flow("return {('x'):upper(), #('abc'), ('%d'):format(3)}"),
                      "[\"X\",3,\"3\"]");
}

static void the_usual_functions_do_the_usual(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"return {select('#', 1, 2), select(2, 'a', 'b')}", "[2,\"b\"]"},
      {"return {tonumber('0x10'), tonumber('z', 36), tonumber('x') == nil}",
       "[16,35,true]"},
      {"return {pcall(error, 'x')}", "[false,\"x\"]"},
      {"return {xpcall(error, function(m) return m .. '!' end, 'x')}", "[false,\"x!\"]"},
      {"return {xpcall(function(...) return ... end, error, 1, 2)}", "[true,1,2]"},
      {"return {rawequal('a', 'a'), rawlen({1, 2}), rawget({a = 1}, 'a')}", "[true,2,1]"},
      {"local t = rawset({}, 'a', 1) return t", "{\"a\":1}"},
      {"local t = setmetatable({}, {__index = {a = 1}}) return t.a", "1"},
      {"return (pcall(setmetatable, setmetatable({}, {__metatable = 1}), {}))", "false"},
      {"return {table.concat({1, 2, 3}, ', '), table.concat({}, 'x'), table.concat({1, "
       "2, "
       "3}, '-', 2, 3)}",
       "[\"1, 2, 3\",\"\",\"2-3\"]"},
      {"local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) return {t, "
       "table.remove(t), table.remove(t, 1), table.remove({}) == nil}",
       "[[1,2],3,0,true]"},
      {"return table.move({1, 2, 3}, 2, 3, 1)", "[2,3,3]"},
      {"return {table.unpack({1, 2, 3}, 2)}", "[2,3]"},
      {"return table.pack(1, 2).n", "2"},
      {"return {('ab'):rep(3), ('ab'):rep(2, '-'), ('x'):rep(0), ('x'):rep(-1)}",
       "[\"ababab\",\"ab-ab\",\"\",\"\"]"},
      {"return {('abc'):byte(1, -1)}", "[97,98,99]"},
      {"return {('abc'):sub(-2), ('abc'):reverse(), string.char(72, 105)}",
       "[\"bc\",\"cba\",\"Hi\"]"},
      {"return {string.unpack('<I2', string.pack('<I2', 513))}", "[513,3]"},
      {"return {utf8.char(228), utf8.len('ä'), #utf8.charpattern}", "[\"ä\",1,14]"},
      {"local n = 0 for _, c in utf8.codes('aä') do n = n + c end return n", "325"},
      {"return {math.type(1), math.floor(1.5), math.max(1, 2), 7 // 2, math.ult(1, -1)}",
       "[\"integer\",1,2,3,true]"},
      {"return _G._G == _G and _G.string == string", "true"},
      {"x = 1 return _G.x", "1"},
      {"return _VERSION", "\"Lua 5.4\""},
      {"local t = {} for i, v in ipairs({4, 5, nil, 6}) do t[i] = v end return t",
       "[4,5]"},
      {"return assert(1, 'x')", "1"},
      {"return '10' + 1", "11"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(fixture_flow(cases[i][0]), cases[i][1]);
}

static void pairs_goes_in_order(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"local t, out = {b = 1, a = 2, [3] = 3, [1] = 4, [2.5] = 5, [-1] = 6, [true] = 7, "
       "[false] = 8, [''] = 9, ab = 10, A = 11, ['a\\0'] = 12, [1e300] = 13, [-1e300] = "
       "14, "
       "[math.mininteger] = 15, [math.maxinteger] = 16, [0] = 17, [-0.5] = 18, [-1.5] = "
       "19}, "
       "{}\nfor k in pairs(t) do out[#out + 1] = tostring(k) end\nreturn "
       "table.concat(out, ' '):gsub('%z', '0')",
       "\"-1e+300 -9223372036854775808 -1.5 -1 -0.5 0 1 2.5 3 9223372036854775807 1e+300 "
       " A "
       "a a0 ab b false true\""},
      {"local n = 0 for k, v in pairs {} do n = n + 1 end return n", "0"},
      {"local t, out = {a = 1, b = 2, c = 3}, {}\nfor k, v in pairs(t) do out[#out + 1] "
       "= k "
       "t.b = nil t.d = 4 end return out",
       "[\"a\",\"c\"]"},
      {"local t, out = {a = 1, b = 2}, {}\nfor k, v in pairs(t) do t.b = 9 out[#out + 1] "
       "= v "
       "end return out",
       "[1,9]"},
      {"local out = {}\nfor k, v in pairs(setmetatable({}, {__pairs = function(t) return "
       "function(_, k) if not k then return 1, 2 end end, t, nil end})) do out[k] = v "
       "end "
       "return out",
       "[2]"},
      {"local t, n = {}, 0 for i = 1, 5000 do t['k' .. i] = i end\nlocal last = ''\nfor "
       "k in "
       "pairs(t) do assert(last < k) last = k n = n + 1 end return n",
       "5000"},
      {"local out = {} for k in pairs {a = 1, b = 2} do for l in pairs {x = 1, y = 2} do "
       "out[#out + 1] = k .. l end end return out",
       "[\"ax\",\"ay\",\"bx\",\"by\"]"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(fixture_flow(cases[i][0]), cases[i][1]);
}

static void pairs_refuses_keys_without_an_order(void **state) {
  (void)state;
  assert_contains(fixture_flow("for k in pairs {[{}] = 1} do end"), "a table is a key");
  assert_contains(fixture_flow("for k in pairs {[type] = 1} do end"),
                  "a function is a key");
  assert_contains(fixture_flow("pairs()"), "bad argument #1 to 'pairs'");
  assert_contains(fixture_flow("pairs(1)"), "table expected, got number");
  assert_string_equal(
      fixture_provider("local n = 0 for k in pairs {[{}] = 1} do n = n + 1 "
                       "end return n"),
      "1");
}

static void objects_print_by_number_and_not_by_address(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"local a, b = {}, {}\nreturn {tostring(b), tostring(a), tostring(b)}",
       "[\"table#1\",\"table#2\",\"table#1\"]"},
      {"return {tostring(type), ('%s %s'):format({}, type), ('%5.3s|'):format({})}",
       "[\"function#1\",\"table#2 function#1\",\"  tab|\"]"},
      {"return {tostring(nil), tostring(1), tostring(1.5), tostring(true), "
       "tostring('x')}",
       "[\"nil\",\"1\",\"1.5\",\"true\",\"x\"]"},
      {"return tostring(setmetatable({}, {__tostring = function() return 'me' end}))",
       "\"me\""},
      {"return ('%s'):format(setmetatable({}, {__tostring = function() return 'me' "
       "end}))",
       "\"me\""},
      {"return tostring(setmetatable({}, {__name = 'call'}))", "\"call#1\""},
      {"return tostring(setmetatable({}, {__name = 12}))", "\"table#1\""},
      {"return ('%d%% %s %q %i %x %g %c'):format(5, 'x', 'y', 3, 255, 0.5, 65)",
       "\"5% x \\\"y\\\" 3 ff 0.5 A\""},
      {"return ('%-6s|'):format 'ab'", "\"ab    |\""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(fixture_flow(cases[i][0]), cases[i][1]);
  assert_contains(fixture_flow("('%y'):format(1)"), "invalid conversion");
  assert_contains(fixture_flow("('%s'):format()"), "bad argument #1 to 'format'");
  assert_contains(fixture_flow("('%'):format(1)"), "invalid conversion");
  assert_string_equal(fixture_provider("return {tostring({}), tostring(coroutine.create("
                                       "type))}"),
                      "[\"table#1\",\"thread#2\"]");
}

/* An object that is gone gives its number to no other one. */
static void numbers_are_not_given_twice(void **state) {
  (void)state;
  assert_string_equal(
      fixture_flow("for i = 1, 1000 do assert(tostring({}) == 'table#' .. i) "
                   "local s = ('x'):rep(20000) .. i end return tostring({})"),
      "\"table#1001\"");
}

static void the_same_seed_gives_the_same_numbers(void **state) {
  (void)state;
  char first[1024];
  const char *text =
      "local out = {} for i = 1, 20 do out[i] = math.random(1, 1000000) end "
      "return {out, math.random(), math.random(0)}";
  snprintf(first, sizeof first, "%s", fixture_flow(text));
  assert_string_equal(fixture_flow(text), first);
  struct sandbox *other = sandbox_new(&(struct sandbox_plan){.seed = 8});
  assert_string_not_equal(fixture_eval(other, text), first);
  sandbox_free(other);
}

/* The first numbers of xoshiro256** seeded by splitmix64 from 7: a run that began on one
 * version of the engine must see the same ones on the next. */
static void the_numbers_stay_what_they_are(void **state) {
  (void)state;
  const char *text = "return {math.random(0), math.random(0), math.random(0)}";
  assert_string_equal(fixture_flow(text),
                      "[-5523389002881075622,5142052590334782674,-2958351167216911978]");
}

static void random_numbers_keep_to_their_range(void **state) {
  (void)state;
  assert_string_equal(
      fixture_flow(
          "local seen = {}\nfor i = 1, 1000 do\nlocal n = math.random(-2, 3) "
          "assert(n >= -2 and n <= 3) seen[n + 3] = true\nlocal f = math.random() "
          "assert(f >= 0 and f < 1)\nassert(math.random(1) == 1)\n"
          "math.random(math.mininteger, math.maxinteger) end\nreturn seen"),
      "[true,true,true,true,true,true]");
  assert_contains(fixture_flow("math.random(2, 1)"), "interval is empty");
  assert_contains(fixture_flow("math.random(-1)"), "interval is empty");
  assert_contains(fixture_flow("math.random(1, 2, 3)"), "wrong number of arguments");
  assert_contains(fixture_flow("math.random('x')"), "number expected");
}

static void sort_is_stable(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"local t = {3, 1, 2} table.sort(t) return t", "[1,2,3]"},
      {"local t = {} table.sort(t) return #t", "0"},
      {"local t = {1} table.sort(t) return t", "[1]"},
      {"local t = {'b', 'a', 'B'} table.sort(t) return t", "[\"B\",\"a\",\"b\"]"},
      {"local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return t",
       "[3,2,1]"},
      {"local t = {} for i = 1, 100 do t[i] = {k = i % 3, i = i} end\ntable.sort(t, "
       "function(a, b) return a.k < b.k end)\nfor i = 2, 100 do local a, b = t[i - 1], "
       "t[i] "
       "assert(a.k < b.k or a.k == b.k and a.i < b.i) end return 'stable'",
       "\"stable\""},
      {"for n = 0, 70 do local t = {} for i = 1, n do t[i] = math.random(20) end\n"
       "table.sort(t) for i = 2, n do assert(t[i - 1] <= t[i]) end assert(#t == n) end "
       "return 'sorted'",
       "\"sorted\""},
      {"local t = {1, 2, 3, 4, 5} table.sort(t, function() return true end) return #t",
       "5"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(fixture_flow(cases[i][0]), cases[i][1]);
  assert_contains(fixture_flow("table.sort({1, 'x'})"), "attempt to compare");
  assert_contains(fixture_flow("table.sort(1)"), "table expected");
  assert_contains(fixture_flow("table.sort({}, 1)"), "function expected");
  assert_contains(fixture_flow("table.sort({2, 1}, function()\nerror 'oops' end)"),
                  "test.lua:2: oops");
}

static void coroutines_do_the_usual(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"local co = coroutine.create(function(...) return ... end)\nreturn "
       "{coroutine.resume(co, 1, 2)}",
       "[true,1,2]"},
      {"local co = coroutine.create(error)\nreturn {coroutine.resume(co, 'x')}",
       "[false,\"x\"]"},
      {"local co = coroutine.create(type)\ncoroutine.resume(co, 1)\nreturn "
       "{coroutine.status(co), coroutine.resume(co)}",
       "[\"dead\",false,\"cannot resume dead coroutine\"]"},
      {"return {pcall(coroutine.wrap(function() error({}) end))}", "[false,{}]"},
      {"return {pcall(coroutine.wrap(function()\nerror 'x' end))}",
       "[false,\"flows/test.lua:2: x\"]"},
      {"local closed\nlocal co = coroutine.wrap(function() local x <close> = "
       "setmetatable("
       "{}, {__close = function() closed = true end}) error 'x' end)\npcall(co) return "
       "closed",
       "true"},
      {"local closed\nlocal co = coroutine.create(function() local x <close> = "
       "setmetatable({}, {__close = function() closed = true end}) coroutine.yield() "
       "end)\ncoroutine.resume(co) return {coroutine.close(co), closed}",
       "[true,true]"},
      {"return {coroutine.isyieldable(), select(2, coroutine.running())}",
       "[false,true]"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(fixture_provider(cases[i][0]), cases[i][1]);
  assert_contains(fixture_provider("coroutine.resume(1)"), "coroutine expected");
  assert_contains(fixture_provider("coroutine.wrap(1)"), "function expected");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_could_reach_out_is_absent),
      cmocka_unit_test(a_flow_has_nothing_that_differs_from_run_to_run),
      cmocka_unit_test(a_provider_has_the_clock_and_coroutines),
      cmocka_unit_test(the_libraries_are_read_only),
      cmocka_unit_test(the_usual_functions_do_the_usual),
      cmocka_unit_test(pairs_goes_in_order),
      cmocka_unit_test(pairs_refuses_keys_without_an_order),
      cmocka_unit_test(objects_print_by_number_and_not_by_address),
      cmocka_unit_test(numbers_are_not_given_twice),
      cmocka_unit_test(the_same_seed_gives_the_same_numbers),
      cmocka_unit_test(the_numbers_stay_what_they_are),
      cmocka_unit_test(random_numbers_keep_to_their_range),
      cmocka_unit_test(sort_is_stable),
      cmocka_unit_test(coroutines_do_the_usual),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
