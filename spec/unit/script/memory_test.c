/* Lack of memory at every point where memory is asked for. */
#include "script/fixture.h"

#include <lauxlib.h>

static const char flow[] =
    "local words = require 'words'\n"
    "local engine = require 'engine'\n"
    "local seen = {}\n"
    "for name, value in pairs {b = 1, a = 2, [1] = 3} do\n"
    "  seen[#seen + 1] = tostring(name) .. '=' .. value\n"
    "end\n"
    "table.sort(seen)\n"
    "local text = table.concat(seen, ' '):gsub('%d', function(d) return '<' .. d .. '>' "
    "end)\n"
    "for word in text:gmatch('%S+') do seen[#seen + 1] = words.shout(word) end\n"
    "local object = setmetatable({}, {__index = function(_, key) return key end})\n"
    "seen[#seen + 1] = ('%s %5d %q'):format(object, 12, object.field)\n"
    "seen[#seen + 1] = ('x'):rep(3000):sub(-3) .. math.random(9, 9) .. utf8.char(228)\n"
    "return function(input)\n"
    "  seen[#seen + 1] = engine.twice(input.number)\n"
    "  local answer = engine.ask {list = seen, input = input}\n"
    "  return {seen = seen, answer = answer}\n"
    "end\n";

static const char library[] =
    "return {twice = function(n) return n * 2 end, ask = function(t) return "
    "lua.coroutine.yield(t) end}";

static bool find(void *context, const char *name, struct source *source,
                 struct error *error) {
  static const char text[] =
      "return {shout = function(text) return text:upper() .. '!' end}";
  (void)context, (void)error;
  assert_string_equal(name, "words");
  *source = (struct source){.path = strdup("lib/words.lua"), .text = strdup(text)};
  source->length = sizeof text - 1;
  return true;
}

static int make_coroutine(lua_State *L) {
  lua_State *coroutine = lua_newthread(L);
  lua_insert(L, 1);
  lua_xmove(L, coroutine, 1);
  return 1;
}

/* Everything a run does once: fills *out with its asks and its result. */
static bool run(struct sandbox *sandbox, bool decode, struct buffer *out,
                struct error *error) {
  static const char input[] = "{\"number\":12345678901234567,\"list\":[[],{},null,0.5]}";
  lua_State *L = sandbox_state(sandbox);
  int count;
  sandbox_finder(sandbox, find, NULL);
  if (!sandbox_library(sandbox, "engine", library, sizeof library - 1, error) ||
      !fixture_load(sandbox, flow, error))
    return false;
  lua_pushcfunction(L, make_coroutine);
  lua_insert(L, -2);
  if (!sandbox_call(sandbox, 1, 1, error)) return false;
  lua_State *coroutine = lua_tothread(L, -1);
  if (decode && !value_decode(coroutine, input, sizeof input - 1, error)) return false;
  if (!decode) lua_pushglobaltable(coroutine);
  enum sandbox_outcome outcome = sandbox_resume(sandbox, coroutine, 1, &count, error);
  if (outcome == SANDBOX_YIELDED) {
    if (!value_encode(coroutine, -1, out, error)) return false;
    lua_pop(coroutine, count);
    lua_pushinteger(coroutine, 1);
    outcome = sandbox_resume(sandbox, coroutine, 1, &count, error);
  }
  return outcome == SANDBOX_DONE && value_encode(coroutine, -1, out, error);
}

static const char expected[] =
    "{\"input\":{\"list\":[[],{},null,0.5],\"number\":12345678901234567},\"list\":[\"1="
    "3\","
    "\"a=2\",\"b=1\",\"<1>=<3>!\",\"A=<2>!\"";

static void a_sandbox_that_does_not_fit_is_none(void **state) {
  (void)state;
  for (int kind = SANDBOX_FLOW; kind <= SANDBOX_PROVIDER; kind++) {
    struct sandbox *sandbox = NULL;
    int refused = 0;
    for (size_t memory = 1; !sandbox; memory += 128, refused++) {
      assert_true(memory < 200000);
      sandbox = sandbox_new(
          &(struct sandbox_plan){.kind = (enum sandbox_kind)kind, .memory = memory});
    }
    assert_true(refused > 100);
    sandbox_free(sandbox);
  }
}

static void each_cap_gives_a_result_or_a_clean_error(void **state) {
  (void)state;
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  size_t least = sandbox_memory(sandbox);
  sandbox_free(sandbox);
  int failed = 0;
  bool done = false;
  for (size_t memory = least; !done; memory += 48) {
    struct error error = {.code = ""};
    struct buffer out = {0};
    sandbox = sandbox_new(&(struct sandbox_plan){.memory = memory, .seed = 7});
    if (!sandbox) continue;
    done = run(sandbox, true, &out, &error);
    if (done) assert_contains(out.data, expected);
    if (!done) {
      assert_string_equal(error.code, "memory");
      assert_true(strlen(error.message) > 10);
      failed++;
    }
    buffer_free(&out);
    sandbox_free(sandbox);
  }
  assert_true(failed > 50);
}

/* Refuses the request of number at, and those after it too if for_good. */
struct trap {
  lua_Alloc alloc;
  void *context;
  long at, count;
  bool for_good;
};

static void *trapped(void *context, void *block, size_t old_size, size_t size) {
  struct trap *trap = context;
  bool more = size > (block ? old_size : 0);
  if (more) trap->count++;
  if (more && (trap->for_good ? trap->count >= trap->at : trap->count == trap->at))
    return NULL;
  return trap->alloc(trap->context, block, old_size, size);
}

/* Returns whether the run came to its end; *reached, whether the trap was met. */
static bool run_with(long at, bool for_good, bool *reached, struct buffer *out,
                     struct error *error) {
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  lua_State *L = sandbox_state(sandbox);
  struct trap trap = {.at = at, .for_good = for_good};
  trap.alloc = lua_getallocf(L, &trap.context);
  lua_setallocf(L, trapped, &trap);
  bool done = run(sandbox, !for_good, out, error);
  *reached = trap.count >= at;
  lua_setallocf(L, trap.alloc, trap.context);
  sandbox_free(sandbox);
  return done;
}

/* Lua collects its garbage and asks again, so nothing is lost; a buffer of its string
 * functions does not, and raises. */
static void one_refused_request_is_overcome_or_reported(void **state) {
  (void)state;
  bool reached = true;
  int overcome = 0;
  for (long at = 1; reached; at++) {
    struct buffer out = {0};
    struct error error = {.code = ""};
    bool done = run_with(at, false, &reached, &out, &error);
    if (done) assert_contains(out.data, expected);
    if (!done) assert_string_equal(error.code, "memory");
    overcome += done;
    buffer_free(&out);
  }
  assert_true(overcome > 100);
}

static void no_memory_from_some_point_on_is_reported(void **state) {
  (void)state;
  bool reached = true;
  int failed = 0;
  for (long at = 1; reached; at++) {
    struct buffer out = {0};
    struct error error = {.code = ""};
    bool done = run_with(at, true, &reached, &out, &error);
    if (!done && reached) {
      assert_string_equal(error.code, "memory");
      failed++;
    }
    buffer_free(&out);
  }
  assert_true(failed > 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_sandbox_that_does_not_fit_is_none),
      cmocka_unit_test(each_cap_gives_a_result_or_a_clean_error),
      cmocka_unit_test(one_refused_request_is_overcome_or_reported),
      cmocka_unit_test(no_memory_from_some_point_on_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
