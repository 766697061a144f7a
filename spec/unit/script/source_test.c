#include "script/source.h"

#include "script/fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static const char *at(const char *path) {
  static char whole[256];
  snprintf(whole, sizeof whole, "%s/%s", folder, path);
  return whole;
}

static void write_file(const char *path, const char *bytes, size_t length) {
  FILE *file = fopen(at(path), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, length, file), length);
  assert_int_equal(fclose(file), 0);
}

static void write_text(const char *path, const char *text) {
  write_file(path, text, strlen(text));
}

static void link_to(const char *target, const char *path) {
  assert_int_equal(symlink(target, at(path)), 0);
}

static int setup(void **state) {
  (void)state;
  strcpy(folder, "/tmp/source_test.XXXXXX");
  assert_non_null(mkdtemp(folder));
  mkdir(at("scripts"), 0700);
  mkdir(at("scripts/flows"), 0700);
  mkdir(at("scripts/lib"), 0700);
  write_text("scripts/flows/pin.lua", "return 1\n");
  write_text("scripts/flows/deliver.lua", "return 2\n");
  write_text("scripts/lib/words.lua", "return {}\n");
  write_text("outside.lua", "return 'secret'\n");
  return 0;
}

static int teardown(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", folder);
  return system(command);
}

static const char *scripts(void) {
  static char path[80];
  snprintf(path, sizeof path, "%s/scripts", folder);
  return path;
}

static void a_script_is_found_by_its_name(void **state) {
  (void)state;
  struct source source;
  struct error error;
  assert_true(source_find(scripts(), SOURCE_FLOW, "pin", &source, &error));
  assert_string_equal(source.name, "pin");
  assert_string_equal(source.path, at("scripts/flows/pin.lua"));
  assert_string_equal(source.text, "return 1\n");
  assert_int_equal(source.length, 9);
  char hash[ID_DIGEST_SIZE];
  id_digest("return 1\n", 9, hash);
  assert_string_equal(source.hash, hash);
  source_free(&source);
  assert_null(source.text);
  assert_true(source_find(scripts(), SOURCE_MODULE, "words", &source, &error));
  source_free(&source);
}

static void a_script_is_found_by_its_path(void **state) {
  (void)state;
  struct source source;
  struct error error;
  assert_true(source_find("nowhere", SOURCE_FLOW, at("outside.lua"), &source, &error));
  assert_string_equal(source.name, "outside");
  assert_string_equal(source.path, at("outside.lua"));
  source_free(&source);
  char before[256];
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(folder), 0);
  assert_true(source_find("nowhere", SOURCE_FLOW, "outside.lua", &source, &error));
  assert_string_equal(source.path, "outside.lua");
  assert_int_equal(chdir(before), 0);
  source_free(&source);
}

static void assert_refused(const char *name, const char *code, const char *part) {
  struct source source;
  struct error error = {.code = ""};
  if (source_find(scripts(), SOURCE_FLOW, name, &source, &error))
    fail_msg("found: %s", name);
  assert_string_equal(error.code, code);
  assert_contains(error.message, part);
  assert_null(source.text);
  assert_null(source.path);
}

static void an_unknown_name_gets_the_list_of_those_there_are(void **state) {
  (void)state;
  assert_refused("pim", "missing", "no flow 'pim' in");
  assert_refused("pim", "missing", "there are: deliver, pin");
  struct source source;
  struct error error;
  assert_false(source_find(scripts(), SOURCE_PROVIDER, "x", &source, &error));
  assert_contains(error.message, "which has no scripts");
  assert_refused("no/such.lua", "missing", "No such file");
}

static void a_long_list_is_cut(void **state) {
  (void)state;
  for (int i = 0; i < 100; i++) {
    char path[64];
    snprintf(path, sizeof path, "scripts/flows/another_flow_%d.lua", i);
    write_text(path, "");
  }
  assert_refused("pim", "missing", "another_flow_0, another_flow_1, ");
}

static void a_name_is_letters_digits_and_dashes(void **state) {
  (void)state;
  char long_name[SOURCE_NAME_SIZE + 1] = "";
  memset(long_name, 'a', SOURCE_NAME_SIZE);
  const char *names[] = {"", "..", "a b", "a.b", "é", ".pin", "pin\n", "%s", long_name};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    assert_refused(names[i], "script", "is not a flow's name");
  write_text("scripts/flows/a_b-C9.lua", "");
  struct source source;
  struct error error;
  assert_true(source_find(scripts(), SOURCE_FLOW, "a_b-C9", &source, &error));
  source_free(&source);
  write_text("bad name.lua", "");
  assert_refused(at("bad name.lua"), "script", "is named with letters");
  write_text("noname.txt", "");
  assert_refused(at("noname.txt"), "script", "ends in .lua");
}

static void a_link_may_not_leave_the_folder(void **state) {
  (void)state;
  struct source source;
  struct error error;
  link_to("../../outside.lua", "scripts/flows/away.lua");
  link_to("pin.lua", "scripts/flows/alias.lua");
  link_to("loop.lua", "scripts/flows/loop.lua");
  link_to("gone.lua", "scripts/flows/dangling.lua");
  assert_refused("away", "script", "outside of the scripts folder");
  assert_refused("loop", "script", "cannot read");
  assert_refused("dangling", "missing", "dangling.lua: No such file");
  assert_true(source_find(scripts(), SOURCE_FLOW, "alias", &source, &error));
  assert_string_equal(source.name, "alias");
  source_free(&source);
}

static void a_link_of_a_folder_may_not_leave_it_either(void **state) {
  (void)state;
  mkdir(at("elsewhere"), 0700);
  write_text("elsewhere/x.lua", "");
  link_to("../elsewhere", "scripts/providers");
  struct source source;
  struct error error;
  assert_false(source_find(scripts(), SOURCE_PROVIDER, "x", &source, &error));
  assert_contains(error.message, "outside of the scripts folder");
}

/* "/tmp/x/scripts-old" is not inside of "/tmp/x/scripts". */
static void a_folder_is_not_told_by_the_beginning_of_its_name(void **state) {
  (void)state;
  mkdir(at("scripts-old"), 0700);
  write_text("scripts-old/x.lua", "");
  link_to("../../scripts-old/x.lua", "scripts/flows/x.lua");
  assert_refused("x", "script", "outside of the scripts folder");
}

static void the_scripts_folder_itself_may_be_a_link(void **state) {
  (void)state;
  struct source source;
  struct error error;
  link_to("scripts", "current");
  char path[256];
  snprintf(path, sizeof path, "%s", at("current"));
  assert_true(source_find(path, SOURCE_FLOW, "pin", &source, &error));
  source_free(&source);
}

static void what_is_not_a_text_is_refused(void **state) {
  (void)state;
  write_file("scripts/flows/nul.lua", "return 1\0", 9);
  write_text("scripts/flows/compiled.lua", "\033LuaT");
  mkdir(at("scripts/flows/folder.lua"), 0700);
  assert_int_equal(mkfifo(at("scripts/flows/pipe.lua"), 0600), 0);
  assert_refused("nul", "script", "byte 9 is NUL");
  write_text("scripts/flows/latin.lua", "-- na\xc3\xafve\n-- na\xefve\n");
  assert_refused("compiled", "script", "compiled Lua");
  assert_refused("latin", "script", "scripts/flows/latin.lua:2: not UTF-8");
  assert_refused("folder", "script", "is a folder");
  assert_refused("pipe", "script", "not a regular file");
}

static void a_script_has_a_size_limit(void **state) {
  (void)state;
  size_t length = 10 << 20;
  char *bytes = malloc(length);
  assert_non_null(bytes);
  memset(bytes, '\n', length);
  write_file("scripts/flows/most.lua", bytes, SOURCE_LIMIT);
  write_file("scripts/flows/more.lua", bytes, SOURCE_LIMIT + 1);
  write_file("scripts/flows/ten.lua", bytes, length);
  free(bytes);
  struct source source;
  struct error error;
  assert_true(source_find(scripts(), SOURCE_FLOW, "most", &source, &error));
  assert_int_equal(source.length, SOURCE_LIMIT);
  source_free(&source);
  assert_refused("more", "script", "has 1048577 bytes; a script may have 1048576");
  assert_refused("ten", "script", "has 10485760 bytes");
}

static void an_empty_file_is_a_script(void **state) {
  (void)state;
  write_text("scripts/flows/empty.lua", "");
  struct source source;
  struct error error;
  assert_true(source_find(scripts(), SOURCE_FLOW, "empty", &source, &error));
  assert_string_equal(source.text, "");
  source_free(&source);
}

static void a_byte_order_mark_is_passed_over(void **state) {
  (void)state;
  write_text("scripts/flows/windows.lua", "\xef\xbb\xbfreturn 1\r\n");
  struct source source;
  struct error error;
  assert_true(source_find(scripts(), SOURCE_FLOW, "windows", &source, &error));
  assert_string_equal(source.text, "return 1\r\n");
  assert_int_equal(source.length, 10);
  source_free(&source);
}

static void the_list_has_scripts_only(void **state) {
  (void)state;
  write_text("scripts/flows/.hidden.lua", "");
  write_text("scripts/flows/pin.lua~", "");
  write_text("scripts/flows/4913", "");
  write_text("scripts/flows/notes.txt", "");
  char **names = source_list(scripts(), SOURCE_FLOW);
  assert_non_null(names);
  assert_string_equal(names[0], "deliver");
  assert_string_equal(names[1], "pin");
  assert_null(names[2]);
  source_list_free(names);
  assert_null(source_list(scripts(), SOURCE_PROVIDER));
  source_list_free(NULL);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      with_folder(a_script_is_found_by_its_name),
      with_folder(a_script_is_found_by_its_path),
      with_folder(an_unknown_name_gets_the_list_of_those_there_are),
      with_folder(a_long_list_is_cut),
      with_folder(a_name_is_letters_digits_and_dashes),
      with_folder(a_link_may_not_leave_the_folder),
      with_folder(a_link_of_a_folder_may_not_leave_it_either),
      with_folder(a_folder_is_not_told_by_the_beginning_of_its_name),
      with_folder(the_scripts_folder_itself_may_be_a_link),
      with_folder(what_is_not_a_text_is_refused),
      with_folder(a_script_has_a_size_limit),
      with_folder(an_empty_file_is_a_script),
      with_folder(a_byte_order_mark_is_passed_over),
      with_folder(the_list_has_scripts_only),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
