#include "cli/options.h"

#include "cli/command.h"
#include "cli/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPTS, STORE, CONFIG, SET, HOOKS, PUBLIC_URL, JSON, LOG_LEVEL, HELP, OPTIONS };

const struct option options_common[OPTIONS + 1] = {
    [SCRIPTS] = {"--scripts", "DIR", "the folder with flows/ and providers/ (scripts)"},
    [STORE] = {"--store", "FILE|URL",
               "where runs and their journals are kept (outdial.db)"},
    [CONFIG] = {"--config", "FILE", "settings: a Lua file that returns a table"},
    [SET] = {"--set", "KEY=VALUE",
             "one setting, such as routee.app_id=ID; may be repeated"},
    [HOOKS] = {"--hooks", "ADDR:PORT", "where webhooks are listened for"},
    [PUBLIC_URL] = {"--public-url", "URL", "how providers reach that address"},
    [JSON] = {"--json", NULL, "print one JSON object and nothing else"},
    [LOG_LEVEL] = {"--log-level", "LEVEL", "error, warning, info or debug"},
    [HELP] = {"--help", NULL, "this text"},
};

/* The settings that have an option of their own. */
static const char *const stands_for[OPTIONS] = {
    [SCRIPTS] = "engine.scripts",
    [STORE] = "engine.store",
    [HOOKS] = "engine.hooks",
    [PUBLIC_URL] = "engine.public_url",
};

static const char *const levels[] = {"error", "warning", "info", "debug"};

static void print_options(FILE *out, const struct option *option) {
  char start[40];
  for (; option && option->name; option++) {
    snprintf(start, sizeof start, "%s %s", option->name,
             option->value ? option->value : "");
    fprintf(out, "  %-21s %s\n", start, option->help);
  }
}

void options_help(FILE *out, const struct option *own) {
  print_options(out, own);
  print_options(out, options_common);
}

struct reading {
  struct options *options;
  const struct option *own; /* of the subcommand; NULL: none */
  int left;                 /* arguments after the current one */
  char **next;              /* the first of them */
  const char *values[OPTIONS];
  const char *sets[OPTIONS_SETTINGS];
  size_t set_count;
};

/* Its number; the subcommand's own are counted on from OPTIONS. -1: unknown. */
static int option_named(const struct option *own, const char *name, size_t length) {
  if (length == 2 && strncmp(name, "-h", length) == 0) return HELP;
  for (int i = 0; i < OPTIONS; i++)
    if (strlen(options_common[i].name) == length &&
        strncmp(options_common[i].name, name, length) == 0)
      return i;
  for (int i = 0; own && own[i].name; i++)
    if (strlen(own[i].name) == length && strncmp(own[i].name, name, length) == 0)
      return OPTIONS + i;
  return -1;
}

static bool unknown_option(const struct option *own, const char *name, size_t length,
                           struct od_error *error) {
  char word[64];
  const char *known[OPTIONS + OPTIONS_OWN];
  size_t count = 0;
  for (; count < OPTIONS; count++) known[count] = options_common[count].name;
  for (; own && own->name; own++) known[count++] = own->name;
  snprintf(word, sizeof word, "%.*s", (int)length, name);
  const char *meant = nearest(word, known, count);
  if (!meant) return command_error(error, "there is no option %s", word);
  return command_error(error, "there is no option %s; did you mean %s?", word, meant);
}

static bool set_level(struct options *options, const char *level,
                      struct od_error *error) {
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (strcmp(levels[i], level) == 0) return options->log_level = (enum od_level)i, true;
  return command_error(error, "--log-level is error, warning, info or debug, not \"%s\"",
                       level);
}

static bool add_set(struct reading *reading, const char *value, struct od_error *error) {
  const char *equals = strchr(value, '='), *dot = strchr(value, '.');
  if (!equals || !dot || dot > equals || dot == value || dot + 1 == equals)
    return command_error(error, "--set takes KEY=VALUE, such as routee.app_id=ID");
  if (reading->set_count == OPTIONS_SETTINGS - OPTIONS)
    return command_error(error,
                         "--set is given too often; put settings into a --config "
                         "file");
  reading->sets[reading->set_count++] = value;
  return true;
}

static bool apply(struct reading *reading, int option, const char *value,
                  struct od_error *error) {
  struct options *options = reading->options;
  if (option >= OPTIONS) return options->own[option - OPTIONS] = value ? value : "", true;
  switch (option) {
  case HELP:
    return options->help = true;
  case JSON:
    return options->json = true;
  case CONFIG:
    return options->config_file = value, true;
  case SET:
    return add_set(reading, value, error);
  case LOG_LEVEL:
    return set_level(options, value, error);
  default:
    return reading->values[option] = value, true;
  }
}

static bool read_option(struct reading *reading, const char *argument,
                        struct od_error *error) {
  size_t length = strcspn(argument, "=");
  const char *value = argument[length] ? argument + length + 1 : NULL;
  int option = option_named(reading->own, argument, length);
  if (option < 0) return unknown_option(reading->own, argument, length, error);
  const struct option *rule =
      option < OPTIONS ? &options_common[option] : &reading->own[option - OPTIONS];
  if (!rule->value && value) return command_error(error, "%s takes no value", rule->name);
  if (rule->value && !value) {
    if (reading->left == 0) return command_error(error, "%s needs a value", rule->name);
    value = *reading->next++;
    reading->left--;
  }
  return apply(reading, option, value, error);
}

static bool put_settings(struct reading *reading) {
  char **slot = reading->options->settings;
  for (int i = 0; i < OPTIONS; i++)
    if (stands_for[i] && reading->values[i] &&
        asprintf(slot++, "%s=%s", stands_for[i], reading->values[i]) < 0)
      return *--slot = NULL, false;
  for (size_t i = reading->set_count; i > 0; i--)
    if (!(*slot++ = strdup(reading->sets[i - 1]))) return false;
  return true;
}

/* Goes on after a mistake, so that --json and --help are noted; the first one is told. */
bool options_read(struct options *options, const struct option *own, int count,
                  char **arguments, struct od_error *error) {
  *options = (struct options){.log_level = OD_WARNING};
  options->arguments = calloc((size_t)count + 1, sizeof *options->arguments);
  if (!options->arguments) return command_error(error, "out of memory");
  struct reading reading = {
      .options = options, .own = own, .left = count, .next = arguments};
  bool good = true, ended = false;
  while (reading.left > 0) {
    char *argument = *reading.next++;
    reading.left--;
    struct od_error *told = good ? error : NULL;
    if (!ended && strcmp(argument, "--") == 0)
      ended = true;
    else if (!ended && argument[0] == '-' && argument[1])
      good &= read_option(&reading, argument, told);
    else
      options->arguments[options->argument_count++] = argument;
  }
  if (good && !put_settings(&reading)) return command_error(error, "out of memory");
  return good;
}

void options_free(struct options *options) {
  for (char **setting = options->settings; *setting; setting++) free(*setting);
  free(options->arguments);
}

struct od_config options_config(const struct options *options) {
  return (struct od_config){
      .size = sizeof(struct od_config),
      .settings = (const char *const *)options->settings,
      .config_file = options->config_file,
      .log_level = options->log_level,
  };
}
