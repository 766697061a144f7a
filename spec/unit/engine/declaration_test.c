/* What scripts there are and what they declare: engine/declaration.c. */
#include "program.h"

#include <jansson.h>

static const struct od_script scripts[] = {
    {"flows/ask.lua",
     "local outdial = require 'outdial'\n"
     "local lib = require 'words'\n"
     "return outdial.flow { summary = lib.summary, run = function() error 'ran' end,\n"
     "  params = { to = { type = 'phone', required = true, help = 'whom' } } }\n"},
    {"lib/words.lua", "return { summary = 'Ask' }\n"},
    {"providers/acme.lua",
     "local outdial = require 'outdial'\n"
     "return outdial.provider { summary = 'Acme', accepts = { message = true },\n"
     "  settings = { key = { required = true, secret = true } },\n"
     "  duplicate = 'none', place = function() end }\n"},
    {"flows/broken.lua", "return {"},
    {NULL, NULL},
};

static json_t *parsed(char *text, const struct od_error *error) {
  if (!text) fail_msg("%s", error->message);
  json_t *value = json_loads(text, 0, NULL);
  od_text_free(text);
  assert_non_null(value);
  return value;
}

static struct od_config with_scripts(struct program *program) {
  struct od_config config = config_of(program);
  config.scripts = scripts;
  return config;
}

static const char *text_at(const json_t *value, const char *one, const char *two,
                           const char *three) {
  return json_string_value(
      json_object_get(json_object_get(json_object_get(value, one), two), three));
}

static void lists_the_scripts_there_are(void **state) {
  struct program *program = *state;
  struct od_config config = with_scripts(program);
  json_t *names = parsed(od_list_scripts(&config, &program->error), &program->error);
  json_t *expected =
      json_pack("{s:[s, s], s:[s]}", "flows", "ask", "broken", "providers", "acme");
  assert_true(json_equal(names, expected));
  json_decref(names);
  json_decref(expected);
}

static void shows_what_a_flow_declares_without_running_it(void **state) {
  struct program *program = *state;
  struct od_config config = with_scripts(program);
  json_t *flow =
      parsed(od_show_script(&config, "flow", "ask", &program->error), &program->error);
  assert_string_equal(json_string_value(json_object_get(flow, "name")), "ask");
  assert_string_equal(json_string_value(json_object_get(flow, "summary")), "Ask");
  assert_string_equal(text_at(flow, "params", "to", "help"), "whom");
  assert_int_equal(json_string_length(json_object_get(flow, "version")), 64);
  json_decref(flow);
}

static void shows_what_a_provider_declares_without_its_settings(void **state) {
  struct program *program = *state;
  struct od_config config = with_scripts(program);
  json_t *acme = parsed(od_show_script(&config, "provider", "acme", &program->error),
                        &program->error);
  assert_true(json_is_true(json_object_get(
      json_object_get(json_object_get(acme, "settings"), "key"), "required")));
  json_decref(acme);
}

static void refuses_what_is_not_there_and_what_makes_no_sense(void **state) {
  struct program *program = *state;
  struct od_config config = with_scripts(program);
  refused(od_show_script(&config, "flow", "nobody", told), "usage", "no flow 'nobody'");
  refused(od_show_script(&config, "flow", "broken", told), "syntax", "flows/broken.lua");
  refused(od_show_script(&config, "verb", "ask", told), "misuse", "flow or a provider");
  refused(od_show_script(&config, NULL, "ask", told), "misuse", "kind");
  refused(od_show_script(&config, "flow", NULL, told), "misuse", "name");
  refused(od_show_script(NULL, "flow", "ask", told), "misuse", "od_config");
  refused(od_list_scripts(NULL, told), "misuse", "od_config");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(lists_the_scripts_there_are),
      TEST(shows_what_a_flow_declares_without_running_it),
      TEST(shows_what_a_provider_declares_without_its_settings),
      TEST(refuses_what_is_not_there_and_what_makes_no_sense),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
