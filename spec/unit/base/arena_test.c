#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state) {
  *state = pages_new();
  return *state ? 0 : -1;
}

static int tear_down(void **state) {
  pages_free(*state);
  return 0;
}

static void fill(unsigned char *block, size_t size, unsigned char with) {
  memset(block, with, size);
}

static bool holds(const unsigned char *block, size_t size, unsigned char with) {
  for (size_t i = 0; i < size; i++)
    if (block[i] != with) return false;
  return true;
}

static void blocks_of_every_size_stand_side_by_side(void **state) {
  struct arena *arena = arena_new(*state);
  static const size_t sizes[] = {1,    15,   16,   17,   40,   1023,  1024,
                                 1025, 2048, 4000, 8192, 8193, 100000};
  enum { COUNT = sizeof sizes / sizeof *sizes, ROUNDS = 50 };
  static unsigned char *blocks[ROUNDS][COUNT];
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < COUNT; i++) {
      blocks[round][i] = arena_resize(arena, NULL, 0, sizes[i]);
      assert_non_null(blocks[round][i]);
      assert_int_equal((uintptr_t)blocks[round][i] % 16, 0);
      fill(blocks[round][i], sizes[i], (unsigned char)(round * COUNT + i));
    }
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < COUNT; i++)
      assert_true(holds(blocks[round][i], sizes[i], (unsigned char)(round * COUNT + i)));
  arena_free(arena);
}

static void a_block_keeps_its_bytes_as_it_grows_and_shrinks(void **state) {
  struct arena *arena = arena_new(*state);
  size_t size = 1;
  unsigned char *block = arena_resize(arena, NULL, 0, size);
  fill(block, size, 'x');
  for (size_t wanted = 2; wanted < 200000; wanted = wanted * 3 / 2 + 1) {
    block = arena_resize(arena, block, size, wanted);
    assert_non_null(block);
    assert_true(holds(block, size, 'x'));
    fill(block, wanted, 'x');
    size = wanted;
  }
  for (size_t wanted = size; wanted > 1; wanted = wanted * 2 / 3) {
    block = arena_resize(arena, block, size, wanted);
    assert_true(holds(block, wanted, 'x'));
    size = wanted;
  }
  assert_null(arena_resize(arena, block, size, 0));
  arena_free(arena);
}

static void what_is_given_back_is_used_again(void **state) {
  struct arena *arena = arena_new(*state);
  for (size_t size = 1; size <= 8192; size = size * 2 + 1) {
    void *block = arena_resize(arena, NULL, 0, size);
    arena_resize(arena, block, size, 0);
    assert_ptr_equal(arena_resize(arena, NULL, 0, size), block);
  }
  arena_free(arena);
}

static void more_than_there_is_is_refused(void **state) {
  struct arena *arena = arena_new(*state);
  assert_null(arena_resize(arena, NULL, 0, SIZE_MAX));
  unsigned char *block = arena_resize(arena, NULL, 0, 10000);
  fill(block, 10000, 'x');
  assert_null(arena_resize(arena, block, 10000, SIZE_MAX / 2));
  assert_true(holds(block, 10000, 'x'));
  arena_free(arena);
}

static void many_come_and_go(void **state) {
  enum { MANY = 500 };
  static struct arena *arenas[MANY];
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < MANY; i++) {
      arenas[i] = arena_new(*state);
      for (int block = 0; block < 5; block++)
        fill(arena_resize(arenas[i], NULL, 0, 8000), 8000, (unsigned char)i);
    }
    for (int i = 0; i < MANY; i++) arena_free(arenas[i * 7 % MANY]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_of_every_size_stand_side_by_side),
      cmocka_unit_test(a_block_keeps_its_bytes_as_it_grows_and_shrinks),
      cmocka_unit_test(what_is_given_back_is_used_again),
      cmocka_unit_test(more_than_there_is_is_refused),
      cmocka_unit_test(many_come_and_go),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
