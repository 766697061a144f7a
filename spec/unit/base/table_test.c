#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 1000 };

struct thing {
  char name[16];
  struct table_entry entry;
};

static void add(struct table *table, struct thing *thing, const char *name) {
  snprintf(thing->name, sizeof thing->name, "%s", name);
  table_add(table, &thing->entry, thing->name);
}

static struct thing *find(const struct table *table, const char *name) {
  struct table_entry *entry = table_find(table, name);
  return entry ? table_owner(entry, struct thing, entry) : NULL;
}

static void an_empty_table_has_nothing(void **state) {
  (void)state;
  struct table table = {0};
  assert_null(table_find(&table, "a"));
  table_free(&table);
}

static void each_of_many_is_found_until_it_is_removed(void **state) {
  (void)state;
  static struct thing things[MANY];
  struct table table = {0};
  char name[16];
  memset(things, 0, sizeof things);
  for (int i = 0; i < MANY; i++) {
    snprintf(name, sizeof name, "thing %d", i);
    add(&table, &things[i], name);
  }
  assert_int_equal(table.count, MANY);
  for (int i = 0; i < MANY; i += 2) table_remove(&table, &things[i].entry);
  for (int i = 0; i < MANY; i++) {
    snprintf(name, sizeof name, "thing %d", i);
    assert_ptr_equal(find(&table, name), i % 2 ? &things[i] : NULL);
  }
  assert_int_equal(table.count, MANY / 2);
  table_free(&table);
}

static void those_with_one_key_come_newest_first(void **state) {
  (void)state;
  static struct thing things[MANY], same[3];
  struct table table = {0};
  char name[16];
  memset(things, 0, sizeof things);
  memset(same, 0, sizeof same);
  for (int i = 0; i < 3; i++) add(&table, &same[i], "same");
  for (int i = 0; i < MANY; i++) { /* it grows meanwhile */
    snprintf(name, sizeof name, "other %d", i);
    add(&table, &things[i], name);
  }
  struct table_entry *entry = table_find(&table, "same");
  for (int i = 2; i >= 0; i--) {
    assert_ptr_equal(entry, &same[i].entry);
    entry = table_next(entry);
  }
  assert_null(entry);
  table_free(&table);
}

static void removing_what_is_not_in_does_nothing(void **state) {
  (void)state;
  struct table table = {0};
  struct thing thing = {0};
  table_remove(&table, &thing.entry);
  add(&table, &thing, "a");
  table_remove(&table, &thing.entry);
  table_remove(&table, &thing.entry);
  assert_int_equal(table.count, 0);
  assert_null(find(&table, "a"));
  table_free(&table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_table_has_nothing),
      cmocka_unit_test(each_of_many_is_found_until_it_is_removed),
      cmocka_unit_test(those_with_one_key_come_newest_first),
      cmocka_unit_test(removing_what_is_not_in_does_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
