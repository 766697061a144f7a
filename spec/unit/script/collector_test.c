/* The collector of a script's state: script/sandbox.c. What it frees at once holds the
 * loop up, and what it does not free in time counts as the script's. */
#include "script/fixture.h"

enum { TURNS = 300, BURST = 8000 };

/* A heap that counts. */
struct counts {
  size_t now, most;    /* bytes */
  size_t freed, burst; /* blocks since one was last asked for, and the most of them */
};

static void *resize(void *context, void *block, size_t old_size, size_t size) {
  struct counts *counts = context;
  counts->now += size - old_size;
  if (counts->now > counts->most) counts->most = counts->now;
  counts->freed = size ? 0 : counts->freed + 1;
  if (counts->freed > counts->burst) counts->burst = counts->freed;
  if (size) return realloc(block, size);
  free(block);
  return NULL;
}

/* A state in such a heap, with what the text returns on its stack. */
static struct sandbox *load(const struct heap *heap, const char *text) {
  struct error error;
  struct sandbox *sandbox =
      sandbox_new(&(struct sandbox_plan){.kind = SANDBOX_PROVIDER, .heap = heap});
  if (!fixture_load(sandbox, text, &error)) fail_msg("%s", error.message);
  return sandbox;
}

/* It keeps 2 MB, and leaves a tenth of a megabyte behind in each turn. */
static void a_state_that_lives_long_does_not_fill_up(void **state) {
  (void)state;
  struct counts counts = {0};
  struct heap heap = {resize, &counts};
  struct error error;
  struct sandbox *sandbox = load(&heap,
                                 "local kept = {}\n"
                                 "for i = 1, 20000 do kept[i] = { i } end\n"
                                 "return function()\n"
                                 "  for i = 1, 1000 do kept[i] = { i, 'another' } end\n"
                                 "end\n");
  size_t kept = counts.now;
  for (int i = 0; i < TURNS; i++) {
    lua_pushvalue(sandbox_state(sandbox), -1);
    assert_true(sandbox_call(sandbox, 0, 0, &error));
  }
  assert_true(counts.most < 4 * kept);
  sandbox_free(sandbox);
}

/* Also where large blocks are made, here two of 32,000 bytes each time, by which the
 * collector has much to catch up with. */
static void not_all_is_freed_at_once(void **state) {
  (void)state;
  struct counts counts = {0};
  struct heap heap = {resize, &counts};
  struct sandbox *sandbox = load(&heap,
                                 "local kept = {}\n"
                                 "for i = 1, 50000 do kept[i] = { i } end\n"
                                 "kept = nil\n"
                                 "for i = 1, 500 do kept = ('x'):rep(32000) end\n"
                                 "return kept\n");
  assert_in_range(counts.burst, 1, BURST);
  sandbox_free(sandbox);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_state_that_lives_long_does_not_fill_up),
      cmocka_unit_test(not_all_is_freed_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
