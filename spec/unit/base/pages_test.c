#include "base/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static size_t resident(void) {
  unsigned long all, pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%lu %lu", &all, &pages), 2);
  fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void a_page_that_came_back_is_the_next(void **state) {
  (void)state;
  struct pages *pages = pages_new();
  void *one = pages_take(pages), *other = pages_take(pages);
  assert_ptr_not_equal(one, other);
  assert_int_equal((uintptr_t)one % 16, 0);
  pages_give(pages, one);
  assert_ptr_equal(pages_take(pages), one);
  pages_give(pages, one);
  pages_give(pages, other);
  pages_free(pages);
}

static void each_is_given_to_one_at_a_time(void **state) {
  (void)state;
  enum { MANY = 2000 };
  static unsigned char *taken[MANY];
  struct pages *pages = pages_new();
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < MANY; i++) {
      taken[i] = pages_take(pages);
      assert_non_null(taken[i]);
      memset(taken[i], i % 251, PAGES_SIZE);
    }
    for (int i = 0; i < MANY; i++) {
      assert_int_equal(taken[i][0], i % 251);
      assert_int_equal(taken[i][PAGES_SIZE - 1], i % 251);
    }
    for (int i = 0; i < MANY; i++) pages_give(pages, taken[i * 7 % MANY]);
  }
  pages_free(pages);
}

static void what_nobody_needs_goes_back_to_the_system(void **state) {
  (void)state;
  enum { MANY = 4000 };
  static void *taken[MANY];
  struct pages *pages = pages_new();
  size_t before = resident();
  for (int i = 0; i < MANY; i++) taken[i] = memset(pages_take(pages), 1, PAGES_SIZE);
  assert_true(resident() - before > (size_t)MANY / 2 * PAGES_SIZE);
  for (int i = 0; i < MANY; i++) pages_give(pages, taken[i]);
  assert_true(resident() < before + (size_t)MANY / 8 * PAGES_SIZE);
  pages_free(pages);
}

static void the_last_to_come_back_go_all_at_once(void **state) {
  (void)state;
  enum { MANY = 4000 };
  static void *taken[MANY];
  struct pages *pages = pages_new();
  size_t before = resident();
  for (int i = 0; i < MANY; i++) taken[i] = memset(pages_take(pages), 1, PAGES_SIZE);
  pages_close(pages);
  for (int i = 0; i < MANY; i++) pages_give(pages, taken[i]);
  assert_true(resident() - before > (size_t)MANY / 2 * PAGES_SIZE);
  pages_free(pages);
  assert_true(resident() < before + (size_t)MANY / 8 * PAGES_SIZE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_page_that_came_back_is_the_next),
      cmocka_unit_test(each_is_given_to_one_at_a_time),
      cmocka_unit_test(what_nobody_needs_goes_back_to_the_system),
      cmocka_unit_test(the_last_to_come_back_go_all_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
