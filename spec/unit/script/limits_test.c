#include "script/fixture.h"

/* No pcall saw to it that the script went on to set this global. */
static void assert_not_escaped(struct sandbox *sandbox) {
  lua_State *L = sandbox_state(sandbox);
  lua_getglobal(L, "escaped");
  assert_true(lua_isnil(L, -1));
  lua_pop(L, 1);
}

/* The script is stopped there for its instructions, and for good. They are few enough
 * that no slow machine meets the other limit, on time, first. */
static void assert_runaway(enum sandbox_kind kind, const char *text, const char *where) {
  struct sandbox *sandbox =
      sandbox_new(&(struct sandbox_plan){.kind = kind, .instructions = 2000000});
  const char *result = fixture_eval(sandbox, text);
  assert_contains(result, "runaway: ");
  assert_contains(result, where);
  assert_contains(result, "stopped: too many instructions");
  assert_not_escaped(sandbox);
  assert_contains(fixture_eval(sandbox, "return 1"), "runaway: ");
  sandbox_free(sandbox);
}

static void a_loop_without_end_is_stopped_at_its_line(void **state) {
  (void)state;
  assert_runaway(SANDBOX_FLOW, "local n = 0\nwhile true do n = n + 1 end",
                 FIXTURE_PATH ":2: stopped");
}

static void pcall_does_not_keep_a_loop_going(void **state) {
  (void)state;
  assert_runaway(SANDBOX_FLOW,
                 "while true do pcall(function() while true do end end) end",
                 FIXTURE_PATH ":1");
  assert_runaway(SANDBOX_FLOW,
                 "local function again() pcall(again) while true do end end\nagain()\n"
                 "escaped = true",
                 FIXTURE_PATH ":1");
  assert_runaway(SANDBOX_FLOW, "pcall(function() while true do end end) escaped = true",
                 FIXTURE_PATH ":1");
}

static void a_message_handler_does_not_keep_a_loop_going(void **state) {
  (void)state;
  assert_runaway(SANDBOX_FLOW,
                 "local function loop() while true do end end\n"
                 "xpcall(loop, loop) escaped = true",
                 FIXTURE_PATH ":1");
}

static void metamethods_are_stopped(void **state) {
  (void)state;
  assert_runaway(SANDBOX_FLOW,
                 "local t = setmetatable({}, {\n__index = function() while true do end "
                 "end})\nreturn t.x",
                 FIXTURE_PATH ":2");
  assert_runaway(
      SANDBOX_FLOW,
      "local t = setmetatable({}, {\n__tostring = function() while true do end "
      "end})\nreturn tostring(t)",
      FIXTURE_PATH ":2");
  assert_runaway(
      SANDBOX_FLOW,
      "local x <close> = setmetatable({}, {\n__close = function() while true do "
      "end end})\nreturn 1",
      FIXTURE_PATH ":2");
}

static void a_comparator_is_stopped(void **state) {
  (void)state;
  assert_runaway(SANDBOX_FLOW, "table.sort({3, 2, 1}, function()\nwhile true do end end)",
                 FIXTURE_PATH ":2");
}

static void coroutines_are_stopped(void **state) {
  (void)state;
  assert_runaway(SANDBOX_PROVIDER,
                 "local co = coroutine.create(function()\nwhile true do end end)\n"
                 "while true do coroutine.resume(co) end",
                 FIXTURE_PATH ":2");
  assert_runaway(SANDBOX_PROVIDER,
                 "for i = 1, 3000 do coroutine.wrap(function()\nfor i = 1, 900 do end "
                 "end)() end",
                 FIXTURE_PATH ":");
}

static void closing_a_stopped_coroutine_does_not_hang(void **state) {
  (void)state;
  assert_runaway(SANDBOX_PROVIDER,
                 "coroutine.wrap(function()\n"
                 "local x <close> = setmetatable({}, {__close = function() while true do "
                 "end end})\nwhile true do end end)()",
                 FIXTURE_PATH ":");
}

static void finalizers_are_refused(void **state) {
  (void)state;
  assert_contains(fixture_flow("setmetatable({}, {__gc = function() end})"), "__gc");
  assert_contains(fixture_provider("setmetatable({}, {__gc = true})"), "__gc");
}

static void work_inside_of_c_functions_counts(void **state) {
  (void)state;
  static const char *const texts[] = {
      "while true do local s = ('x'):rep(1000000) end",
      "local s = ('x'):rep(1000000)\nwhile true do local t = s .. 'y' end",
      "local s = ('x'):rep(1000000)\nfor i = 1, 100 do utf8.len(s) end",
      "local a, b = ('a'):rep(1000000), ('a'):rep(500000) .. 'b'\n"
      "while true do a:find(b, 1, true) end",
      "table.move(setmetatable({}, {__index = type}), 1, math.maxinteger - 1, 1,\n"
      "setmetatable({}, {__newindex = type}))",
      "table.concat(setmetatable({}, {__index = type}), '', 1, math.maxinteger - 1)",
      "local t = {} for i = 1, 100000 do t[i] = i end\n"
      "while true do table.insert(t, 1, 0) table.remove(t) end",
      "local t = {} for i = 1, 100000 do t[i] = i end\n"
      "while true do t[100001] = 0 table.remove(t, 1) end",
      "local t = {} for i = 1, 100000 do t[i] = i end\n"
      "while true do select('#', table.unpack(t)) end",
      "local t = {} for i = 1, 150000 do t[i] = i * 7919 % 150001 end\ntable.sort(t)",
      "local t = {} for i = 1, 50000 do t[i] = i end\nfor i = 1, 10 do pcall(pairs, t) "
      "end",
      "for i = 1, 300 do pcall(require, 'nowhere') end",
      "local t = {} for i = 1, 131000 do t[i] = {i, i, i} end\n"
      "local s = ('x'):rep(300000)\nfor i = 1, 200 do local u = s .. 'y' end",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_runaway(SANDBOX_FLOW, texts[i], FIXTURE_PATH ":");
}

static void nothing_can_be_repeated_without_end(void **state) {
  (void)state;
  assert_string_equal(fixture_flow("return (''):rep(1 << 62)"), "\"\"");
  assert_string_equal(fixture_flow("return (''):rep(1 << 62, '')"), "\"\"");
}

static void comparing_long_texts_is_stopped_by_the_clock(void **state) {
  (void)state;
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  const char *result =
      fixture_eval(sandbox,
                   "local a, b = ('x'):rep(3000000) .. 'y', ('x'):rep(3000000) .. 'z'\n"
                   "pcall(function()\nwhile a ~= b do end end) escaped = true");
  assert_contains(result, "runaway: " FIXTURE_PATH ":3: stopped: seconds of work");
  assert_not_escaped(sandbox);
  sandbox_free(sandbox);
}

static void a_length_of_its_own_is_refused_where_lua_trusts_it(void **state) {
  (void)state;
  assert_contains(
      fixture_flow("table.insert(setmetatable({}, {__len = function() return 1 << 62 "
                   "end}), 1, 'x')"),
      "__len");
}

static void assert_out_of_memory(const char *text, const char *where) {
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  const char *result = fixture_eval(sandbox, text);
  assert_contains(result, "memory: ");
  assert_contains(result, where);
  assert_contains(fixture_eval(sandbox, "return 1"), "memory: ");
  assert_true(sandbox_memory(sandbox) < (size_t)18 << 20);
  assert_not_escaped(sandbox);
  sandbox_free(sandbox);
}

static void memory_has_a_cap_that_pcall_does_not_lift(void **state) {
  (void)state;
  assert_out_of_memory("local x = 1\nreturn ('x'):rep(1 << 30)", FIXTURE_PATH ":2");
  assert_out_of_memory("pcall(string.rep, 'x', 1 << 30)\nescaped = true",
                       FIXTURE_PATH ":1");
  assert_out_of_memory("pcall(string.rep, 'x', 1 << 30)\nlocal t = {{}} escaped = true",
                       FIXTURE_PATH ":1");
  assert_out_of_memory(
      "pcall(function() local t = {} for i = 1, 1e7 do t[i] = {} end end) "
      "escaped = true",
      FIXTURE_PATH ":1");
  assert_out_of_memory("local t = {}\nfor i = 1, 1e7 do t[i] = {} end",
                       FIXTURE_PATH ":2");
  assert_out_of_memory(
      "local t = {}\nfor i = 1, 200 do t[i] = ('x'):rep(100000) .. i end",
      FIXTURE_PATH ":2");
  assert_out_of_memory("local function f() return 1 + f() end\nf()", FIXTURE_PATH ":1");
}

static void garbage_does_not_count(void **state) {
  (void)state;
  assert_string_equal(
      fixture_flow("for i = 1, 200 do local s = ('x'):rep(1000000) .. i end return 'ok'"),
      "\"ok\"");
  assert_string_equal(
      fixture_flow("local kept = {} for i = 1, 55000 do kept[i] = {i, i, i} end\n"
                   "for n = 0, 60000, 7000 do for i = 1, n do local _ = {i, i, i} end\n"
                   "assert(#('y'):rep(2500000) == 2500000) end return 'ok'"),
      "\"ok\"");
}

static void a_stopped_sandbox_does_not_touch_another(void **state) {
  (void)state;
  struct sandbox *good = fixture_new(SANDBOX_FLOW);
  struct sandbox *bad = fixture_new(SANDBOX_FLOW);
  assert_contains(fixture_eval(bad, "while true do end"), "runaway");
  assert_string_equal(fixture_eval(good, "return {1, 2}"), "[1,2]");
  sandbox_free(bad);
  assert_string_equal(fixture_eval(good, "return {3}"), "[3]");
  sandbox_free(good);
}

static void each_call_has_a_budget_of_its_own(void **state) {
  (void)state;
  struct sandbox *sandbox = sandbox_new(&(struct sandbox_plan){.instructions = 100000});
  for (int i = 0; i < 10; i++)
    assert_string_equal(fixture_eval(sandbox, "for i = 1, 50000 do end return 1"), "1");
  assert_contains(fixture_eval(sandbox, "for i = 1, 200000 do end return 1"), "runaway");
  sandbox_free(sandbox);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_loop_without_end_is_stopped_at_its_line),
      cmocka_unit_test(pcall_does_not_keep_a_loop_going),
      cmocka_unit_test(a_message_handler_does_not_keep_a_loop_going),
      cmocka_unit_test(metamethods_are_stopped),
      cmocka_unit_test(a_comparator_is_stopped),
      cmocka_unit_test(coroutines_are_stopped),
      cmocka_unit_test(closing_a_stopped_coroutine_does_not_hang),
      cmocka_unit_test(finalizers_are_refused),
      cmocka_unit_test(work_inside_of_c_functions_counts),
      cmocka_unit_test(nothing_can_be_repeated_without_end),
      cmocka_unit_test(comparing_long_texts_is_stopped_by_the_clock),
      cmocka_unit_test(a_length_of_its_own_is_refused_where_lua_trusts_it),
      cmocka_unit_test(memory_has_a_cap_that_pcall_does_not_lift),
      cmocka_unit_test(garbage_does_not_count),
      cmocka_unit_test(a_stopped_sandbox_does_not_touch_another),
      cmocka_unit_test(each_call_has_a_budget_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
