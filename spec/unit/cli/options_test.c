#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

struct reading {
  struct options options;
  struct od_error error;
  char *arguments[16];
  int count;
  bool good;
};

static const struct option own[] = {
    {"--limit", "N", "how many"}, {"--all", NULL, "everything"}, {0}};

static void read_list(struct reading *reading, const char *const *list) {
  *reading = (struct reading){0};
  for (; list[reading->count]; reading->count++)
    reading->arguments[reading->count] = strdup(list[reading->count]);
  reading->good = options_read(&reading->options, own, reading->count, reading->arguments,
                               &reading->error);
}

#define READ(...) read_list(&reading, (const char *const[]){__VA_ARGS__, NULL})

static void forget(struct reading *reading) {
  options_free(&reading->options);
  while (reading->count > 0) free(reading->arguments[--reading->count]);
}

static void assert_settings(struct reading *reading, const char *expected) {
  char all[1024] = "";
  assert_true(reading->good);
  for (char **setting = reading->options.settings; *setting; setting++) {
    strcat(all, *setting);
    strcat(all, "\n");
  }
  assert_string_equal(all, expected);
  forget(reading);
}

static void assert_refused(struct reading *reading, const char *part) {
  assert_false(reading->good);
  assert_string_equal(reading->error.code, "usage");
  if (!strstr(reading->error.message, part)) fail_msg("%s", reading->error.message);
  forget(reading);
}

static void makes_settings_of_options(void **state) {
  (void)state;
  struct reading reading;
  READ("--scripts", "s", "--store=f.db", "--hooks", "127.0.0.1:0",
       "--public-url=http://x");
  assert_settings(&reading,
                  "engine.scripts=s\nengine.store=f.db\nengine.hooks=127.0.0.1:0\n"
                  "engine.public_url=http://x\n");
}

static void puts_explicit_options_and_late_ones_first(void **state) {
  (void)state;
  struct reading reading;
  READ("--set", "engine.store=a", "--set=routee.url=b", "--store", "c", "--store", "d",
       "--set=routee.url=e=f");
  assert_settings(&reading,
                  "engine.store=d\nroutee.url=e=f\nroutee.url=b\nengine.store=a\n");
}

static void tells_options_from_arguments(void **state) {
  (void)state;
  struct reading reading;
  READ("pin", "--json", "to=--x", "-", "--", "--store", "-h");
  assert_true(reading.good && reading.options.json && !reading.options.help);
  assert_int_equal(reading.options.argument_count, 5);
  assert_string_equal(reading.options.arguments[1], "to=--x");
  assert_string_equal(reading.options.arguments[3], "--store");
  assert_null(reading.options.arguments[5]);
  forget(&reading);
}

static void fills_the_configuration(void **state) {
  (void)state;
  struct reading reading;
  READ("--config", "outdial.lua", "--log-level=debug", "--set", "a.b=");
  struct od_config config = options_config(&reading.options);
  assert_int_equal(config.size, sizeof config);
  assert_string_equal(config.config_file, "outdial.lua");
  assert_int_equal(config.log_level, OD_DEBUG);
  assert_string_equal(config.settings[0], "a.b=");
  assert_null(config.settings[1]);
  forget(&reading);
}

static void warns_unless_told_otherwise(void **state) {
  (void)state;
  struct reading reading;
  READ("pin");
  assert_int_equal(reading.options.log_level, OD_WARNING);
  forget(&reading);
}

static void names_the_nearest_option(void **state) {
  (void)state;
  struct reading reading;
  READ("--stroe=x");
  assert_refused(&reading, "there is no option --stroe; did you mean --store?");
  READ("--frobnicate");
  assert_refused(&reading, "there is no option --frobnicate");
  READ("-x");
  assert_refused(&reading, "there is no option -x");
}

static void refuses_missing_and_needless_values(void **state) {
  (void)state;
  struct reading reading;
  READ("pin", "--store");
  assert_refused(&reading, "--store needs a value");
  READ("--json=yes");
  assert_refused(&reading, "--json takes no value");
  READ("--log-level", "loud");
  assert_refused(&reading, "not \"loud\"");
}

static void refuses_a_set_without_key_or_value(void **state) {
  (void)state;
  static const char *const wrong[] = {"url", "url=x.y", "routee.url", ".url=x",
                                      "routee.=x"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct reading reading;
    READ("--set", wrong[i]);
    assert_refused(&reading, "KEY=VALUE");
  }
}

static void notes_json_even_after_a_mistake(void **state) {
  (void)state;
  struct reading reading;
  READ("--stroe", "--json", "--colour");
  assert_true(reading.options.json);
  assert_refused(&reading, "--stroe"); /* the first mistake is the one told */
}

static void refuses_more_than_it_can_hold(void **state) {
  (void)state;
  char set[] = "--set=a.b=c";
  char *arguments[OPTIONS_SETTINGS];
  for (int i = 0; i < OPTIONS_SETTINGS; i++) arguments[i] = set;
  struct options options;
  struct od_error error;
  assert_false(options_read(&options, NULL, OPTIONS_SETTINGS, arguments, &error));
  assert_non_null(strstr(error.message, "too often"));
  options_free(&options);
}

static void knows_the_options_of_the_subcommand(void **state) {
  (void)state;
  struct reading reading;
  READ("--limit", "7", "--all");
  assert_true(reading.good);
  assert_string_equal(reading.options.own[0], "7");
  assert_string_equal(reading.options.own[1], "");
  forget(&reading);
  READ("--limit=8");
  assert_string_equal(reading.options.own[0], "8");
  assert_null(reading.options.own[1]);
  forget(&reading);
}

static void refuses_them_as_it_does_the_others(void **state) {
  (void)state;
  struct reading reading;
  READ("--limit");
  assert_refused(&reading, "--limit needs a value");
  READ("--all=yes");
  assert_refused(&reading, "--all takes no value");
  READ("--limti=7");
  assert_refused(&reading, "did you mean --limit?");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(makes_settings_of_options),
      cmocka_unit_test(puts_explicit_options_and_late_ones_first),
      cmocka_unit_test(tells_options_from_arguments),
      cmocka_unit_test(fills_the_configuration),
      cmocka_unit_test(warns_unless_told_otherwise),
      cmocka_unit_test(names_the_nearest_option),
      cmocka_unit_test(refuses_missing_and_needless_values),
      cmocka_unit_test(refuses_a_set_without_key_or_value),
      cmocka_unit_test(notes_json_even_after_a_mistake),
      cmocka_unit_test(refuses_more_than_it_can_hold),
      cmocka_unit_test(knows_the_options_of_the_subcommand),
      cmocka_unit_test(refuses_them_as_it_does_the_others),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
