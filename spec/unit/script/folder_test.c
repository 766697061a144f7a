#include "script/folder.h"

#include "script/fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct writers nobody;

static struct {
  char path[64];
  struct folder *folder;
  void (*meanwhile)(void); /* what somebody does between flows and modules */
} own;

static void save(const char *file, const char *text) {
  char fresh[128], path[128];
  snprintf(fresh, sizeof fresh, "%s/fresh", own.path);
  snprintf(path, sizeof path, "%s/%s.lua", own.path, file);
  FILE *out = fopen(fresh, "w");
  assert_non_null(out);
  fprintf(out, "return '%s'", text);
  assert_int_equal(fclose(out), 0);
  assert_int_equal(rename(fresh, path), 0);
}

static void save_both(const char *text) {
  save("lib/words", text);
  save("flows/talk", text);
}

bool __real_source_find(const char *folder, enum source_kind kind, const char *name,
                        struct source *source, struct error *error);
bool __wrap_source_find(const char *folder, enum source_kind kind, const char *name,
                        struct source *source, struct error *error);
bool __wrap_source_find(const char *folder, enum source_kind kind, const char *name,
                        struct source *source, struct error *error) {
  bool found = __real_source_find(folder, kind, name, source, error);
  if (kind == SOURCE_PROVIDER && own.meanwhile) own.meanwhile();
  return found;
}

static int setup(void **state) {
  (void)state;
  char path[128];
  strcpy(own.path, "/tmp/folder_test.XXXXXX");
  assert_non_null(mkdtemp(own.path));
  static const char *const folders[] = {"flows", "lib", "providers"};
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/%s", own.path, folders[i]);
    assert_int_equal(mkdir(path, 0700), 0);
  }
  save("providers/between", "them");
  save_both("one");
  own.meanwhile = NULL;
  own.folder = folder_new(own.path);
  return own.folder ? 0 : -1;
}

static int teardown(void **state) {
  (void)state;
  char command[128];
  folder_free(own.folder);
  snprintf(command, sizeof command, "rm -r '%s'", own.path);
  return system(command);
}

static const char *text_of(enum source_kind kind, const char *name) {
  const struct file *file = folder_file(own.folder, kind, name);
  assert_non_null(file);
  return file->source.text;
}

static bool is_news(enum source_kind kind, const char *name) {
  return folder_file(own.folder, kind, name)->news;
}

static void save_once(void) {
  own.meanwhile = NULL;
  save_both("three");
}

static void two_saves_are_not_taken_for_one(void **state) {
  (void)state;
  assert_false(folder_look(own.folder, &nobody, false));
  assert_false(folder_is_torn(own.folder));
  save_both("two");
  own.meanwhile = save_once;
  assert_true(folder_look(own.folder, &nobody, false));
  assert_true(folder_is_torn(own.folder));
  assert_string_equal(text_of(SOURCE_FLOW, "talk"), "return 'two'");
  assert_string_equal(text_of(SOURCE_MODULE, "words"), "return 'three'");
  assert_false(folder_look(own.folder, &nobody, false));
  assert_false(folder_is_torn(own.folder));
  assert_string_equal(text_of(SOURCE_FLOW, "talk"), "return 'three'");
  assert_true(is_news(SOURCE_FLOW, "talk"));
  assert_true(is_news(SOURCE_MODULE, "words")); /* which that look has not read anew */
}

static void save_again(void) {
  static int saves;
  char text[16];
  snprintf(text, sizeof text, "%d", ++saves);
  save_both(text);
}

static void whoever_never_stops_writing_holds_nobody_up(void **state) {
  (void)state;
  int torn = 0;
  own.meanwhile = save_again;
  folder_look(own.folder, &nobody, false);
  assert_false(folder_is_torn(own.folder)); /* the first */
  while (folder_look(own.folder, &nobody, false)) assert_in_range(++torn, 1, 10);
  assert_int_equal(torn, 10);
  assert_true(is_news(SOURCE_FLOW, "talk"));
}

static void a_file_that_is_being_written_is_not_waited_for(void **state) {
  (void)state;
  static const struct writers writers = {.files = {{.kind = SOURCE_FLOW, .name = "talk"}},
                                         .count = 1};
  assert_false(folder_look(own.folder, &nobody, false));
  save_both("two");
  assert_false(folder_look(own.folder, &writers, false));
  assert_string_equal(text_of(SOURCE_FLOW, "talk"), "return 'one'");
  assert_string_equal(text_of(SOURCE_MODULE, "words"), "return 'two'");
}

static void a_folder_that_is_gone_is_no_tear(void **state) {
  (void)state;
  char path[128], away[128];
  assert_false(folder_look(own.folder, &nobody, false));
  snprintf(path, sizeof path, "%s/flows", own.path);
  snprintf(away, sizeof away, "%s/away", own.path);
  assert_int_equal(rename(path, away), 0);
  assert_false(folder_look(own.folder, &nobody, false));
  assert_true(is_news(SOURCE_FLOW, "talk"));
  assert_int_equal(rename(away, path), 0);
  assert_false(folder_look(own.folder, &nobody, false));
  assert_true(is_news(SOURCE_FLOW, "talk"));
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      with_folder(two_saves_are_not_taken_for_one),
      with_folder(whoever_never_stops_writing_holds_nobody_up),
      with_folder(a_file_that_is_being_written_is_not_waited_for),
      with_folder(a_folder_that_is_gone_is_no_tear),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
