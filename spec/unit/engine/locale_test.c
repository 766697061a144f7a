/* A host with a locale of its own: base/locale.h, base/buffer.c, script/limits.c,
 * script/settings.c. */
#include "program.h"

#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

/* What localedef makes of decimal_point ",", thousands_sep "." and grouping 3;3. */
static const unsigned char comma[] = {
    0x14, 0x11, 3,    0x20, 6,   0, 0,    0,   0x20, 0,   0,    0, 0x22, 0,
    0,    0,    0x24, 0,    0,   0, 0x28, 0,   0,    0,   0x2c, 0, 0,    0,
    0x30, 0,    0,    0,    ',', 0, '.',  0,   3,    3,   0,    0, ',',  0,
    0,    0,    '.',  0,    0,   0, 'U',  'T', 'F',  '-', '8',  0,
};

/* The path of LOCPATH stays with the C library. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:__argz_add_sep";
}

static locale_t read_locale(void) {
  char folder[] = "/tmp/outdial-locale-XXXXXX", path[64], file[80];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/comma", folder);
  snprintf(file, sizeof file, "%s/LC_NUMERIC", path);
  assert_int_equal(mkdir(path, 0700), 0);
  FILE *out = fopen(file, "w");
  assert_non_null(out);
  fwrite(comma, sizeof comma, 1, out);
  fclose(out);
  setenv("LOCPATH", folder, 1);
  locale_t read = newlocale(LC_NUMERIC_MASK, "comma", NULL);
  unsetenv("LOCPATH");
  unlink(file);
  rmdir(path);
  rmdir(folder);
  assert_non_null(read);
  return read;
}

static void says_a_quarter(const char *expected) {
  char text[8];
  snprintf(text, sizeof text, "%.2f", 0.25);
  assert_string_equal(text, expected);
}

static const struct od_script scripts[] = {
    {"flows/tells.lua",
     FLOW("return { tostring(1.5), 0.25 .. '', string.format('%.1f', 2.5), "
          "tonumber '3,5' or 'none', 1.5 }")},
    {NULL, NULL},
};

static void scripts_have_a_point_in_their_numbers(void **state) {
  struct program *program = *state;
  struct od_config config = config_of(program);
  config.scripts = scripts;
  od_engine_free(program->engine);
  start_with(program, &config);
  start(program, "tells");
  loop(program);
  tells(last_event(program), "\"result\":[\"1.5\",\"0.25\",\"2.5\",\"none\",1.5]");
  says_a_quarter("0,25"); /* the host's own numbers are as they were */
}

static void reports_on_audio_are_json(void **state) {
  (void)state;
  struct od_audio options = {.size = sizeof options, .raw_ulaw = true};
  char noise[4000];
  for (size_t i = 0; i < sizeof noise; i++) noise[i] = (char)(i * i % 251);
  char *report = od_audio_check_bytes(noise, sizeof noise, &options);
  tells(report, "\"duration\":0.500");
  od_text_free(report);
  says_a_quarter("0,25");
}

/* In a Turkish locale an i's capital is no ASCII, and toupper leaves it as it is. */
const __int32_t **__wrap___ctype_toupper_loc(void);
const __int32_t **__wrap___ctype_toupper_loc(void) {
  static __int32_t letters[384];
  static const __int32_t *table = letters + 128;
  for (int i = -128; i < 256; i++)
    letters[i + 128] = i >= 'a' && i <= 'z' && i != 'i' ? i - 'a' + 'A' : i;
  return &table;
}

static void reads_the_environment_in_turkish(void **state) {
  struct program *program = *state;
  struct od_config config = {.size = sizeof config};
  setenv("OUTDIAL_ENGINE_PUBLIC_URL", "http://127.0.0.1:2", 1);
  char *url = od_setting(&config, "public_url", &program->error);
  unsetenv("OUTDIAL_ENGINE_PUBLIC_URL");
  if (!url) fail_msg("%s", program->error.message);
  assert_string_equal(url, "http://127.0.0.1:2");
  od_text_free(url);
}

static int set_comma(void **state) {
  set_up(state);
  uselocale(read_locale());
  says_a_quarter("0,25");
  return 0;
}

static int drop_comma(void **state) {
  freelocale(uselocale(LC_GLOBAL_LOCALE));
  return tear_down(state);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_comma, drop_comma)
  const struct CMUnitTest tests[] = {
      TEST(scripts_have_a_point_in_their_numbers),
      TEST(reports_on_audio_are_json),
      TEST(reads_the_environment_in_turkish),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
