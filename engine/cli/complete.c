#include "cli/complete.h"

#include "cli/options.h"
#include "cli/phrase.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>

struct completion {
  const struct command *const *commands;
  size_t count;
  struct options given; /* before the word that is typed */
  const char *typed;
};

/* --- candidates --- */

static void offer(const struct completion *completion, const char *word,
                  const char *help) {
  if (strncmp(word, completion->typed, strlen(completion->typed)) != 0) return;
  printf("%s\t%s\n", word, help ? help : "");
}

static void offer_joined(const struct completion *completion, const char *start,
                         const char *end, const char *help) {
  char word[256];
  snprintf(word, sizeof word, "%s%s", start, end);
  offer(completion, word, help);
}

static void offer_all(const struct completion *completion, const char *const *words) {
  for (; *words; words++) offer(completion, *words, NULL);
}

/* "placed|not-placed" */
static void offer_literals(const struct completion *completion, const char *token) {
  while (*token) {
    size_t length = strcspn(token, "|");
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)length, token);
    offer(completion, word, NULL);
    token += length + (token[length] != '\0');
  }
}

static void offer_commands(const struct completion *completion) {
  for (size_t i = 0; i < completion->count; i++)
    offer(completion, completion->commands[i]->name, completion->commands[i]->summary);
}

static void offer_options(const struct completion *completion,
                          const struct option *option) {
  for (; option && option->name; option++) offer(completion, option->name, option->help);
}

/* --- what the scripts and the store have --- */

/* Takes the text over; NULL when there is none. */
static json_t *parsed(char *text) {
  json_t *value = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
  od_text_free(text);
  return value;
}

static json_t *declaration(const struct completion *completion, const char *kind,
                           const char *name) {
  struct od_config config = options_config(&completion->given);
  return parsed(od_show_script(&config, kind, name, NULL));
}

static void offer_scripts(const struct completion *completion, const char *kind,
                          const char *list, const char *start) {
  struct od_config config = options_config(&completion->given);
  json_t *names = parsed(od_list_scripts(&config, NULL)), *name;
  size_t i;
  json_array_foreach (json_object_get(names, list), i, name) {
    json_t *declared = declaration(completion, kind, json_string_value(name));
    offer_joined(completion, start, json_string_value(name),
                 phrase_text(declared, "summary"));
    json_decref(declared);
  }
  json_decref(names);
}

static void offer_flows(const struct completion *completion) {
  offer_scripts(completion, "flow", "flows", "");
  puts(":files");
}

static void offer_providers(const struct completion *completion) {
  offer_scripts(completion, "provider", "providers", "");
}

static void offer_settings_of(const struct completion *completion, const char *provider) {
  json_t *declared = declaration(completion, "provider", provider), *rule;
  const char *name;
  json_object_foreach (json_object_get(declared, "settings"), name, rule) {
    char word[128];
    snprintf(word, sizeof word, "%s.%s=", provider, name);
    offer(completion, word, phrase_text(rule, "help"));
  }
  json_decref(declared);
}

static void offer_settings(const struct completion *completion) {
  struct od_config config = options_config(&completion->given);
  json_t *names = parsed(od_list_scripts(&config, NULL)), *name;
  size_t i;
  json_array_foreach (json_object_get(names, "providers"), i, name)
    offer_settings_of(completion, json_string_value(name));
  json_decref(names);
}

static void offer_runs(const struct completion *completion) {
  struct od_config config = options_config(&completion->given);
  struct od_filter filter = {.size = sizeof filter};
  json_t *runs = parsed(od_list_runs(&config, &filter, NULL)), *run;
  size_t i;
  json_array_foreach (runs, i, run) {
    char help[128];
    snprintf(help, sizeof help, "%s, %s", phrase_text(run, "flow"),
             phrase_text(run, "state"));
    offer(completion, phrase_text(run, "run"), help);
  }
  json_decref(runs);
}

/* --- a flow's parameters --- */

static bool is_given(const struct completion *completion, const char *name) {
  size_t length = strlen(name);
  char *const *argument = completion->given.arguments + 1; /* behind the flow */
  for (; *argument; argument++) {
    char next = strncmp(*argument, name, length) == 0 ? (*argument)[length] : '\0';
    if (next == '=' || next == ':') return true;
  }
  return false;
}

/* The value behind "name=". */
static void offer_values(const struct completion *completion, const char *name,
                         const json_t *rule) {
  char start[80];
  snprintf(start, sizeof start, "%s=", name);
  if (strcmp(name, "provider") == 0) {
    offer_scripts(completion, "provider", "providers", start);
  } else if (strcmp(phrase_text(rule, "type"), "boolean") == 0) {
    offer_joined(completion, start, "true", NULL);
    offer_joined(completion, start, "false", NULL);
  } else if (strcmp(phrase_text(rule, "type"), "string") == 0) {
    puts(":files");
  }
}

static void offer_parameters(const struct completion *completion) {
  json_t *declared = declaration(completion, "flow", completion->given.arguments[0]);
  size_t length = strcspn(completion->typed, "=");
  const char *name;
  json_t *rule;
  json_object_foreach (json_object_get(declared, "params"), name, rule) {
    bool value = completion->typed[length] && strlen(name) == length &&
                 strncmp(completion->typed, name, length) == 0;
    if (value)
      offer_values(completion, name, rule);
    else if (!is_given(completion, name))
      offer_joined(completion, name, "=", phrase_text(rule, "help"));
  }
  json_decref(declared);
}

/* --- what a word of a synopsis or an option's value stands for --- */

static void offer_levels(const struct completion *completion) {
  offer_all(completion, (const char *const[]){"error", "warning", "info", "debug", NULL});
}

static void offer_states(const struct completion *completion) {
  offer_all(completion, phrase_states);
}

static void offer_folders(const struct completion *completion) {
  (void)completion;
  puts(":folders");
}

static void offer_files(const struct completion *completion) {
  (void)completion;
  puts(":files");
}

static void offer_meant(const struct completion *completion, const char *word) {
  static const struct {
    const char *word;
    void (*offer)(const struct completion *completion);
  } meanings[] = {
      {"FLOW", offer_flows},       {"PROVIDER", offer_providers},
      {"RUN", offer_runs},         {"KEY=VALUE", offer_settings},
      {"LEVEL", offer_levels},     {"STATE", offer_states},
      {"COMMAND", offer_commands}, {"DIR", offer_folders},
      {"FILE", offer_files},       {"FILE|URL", offer_files},
      {"PATH", offer_files},       {"IN", offer_files},
      {"OUT", offer_files},        {"OUT.svg", offer_files},
  };
  for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
    if (strcmp(meanings[i].word, word) == 0) meanings[i].offer(completion);
}

static void offer_token(const struct completion *completion, const char *token) {
  if (islower((unsigned char)*token) && strchr(token, '='))
    offer_parameters(completion);
  else if (islower((unsigned char)*token))
    offer_literals(completion, token);
  else
    offer_meant(completion, token);
}

/* --- a synopsis --- */

enum { TOKENS = 8 };

/* "FLOW [name=value ...]" as its words; the last one may be said again and again.
 * Changes the text. */
struct form {
  char *tokens[TOKENS];
  size_t count;
  bool repeats;
};

static void read_form(struct form *form, char *text) {
  char *rest;
  *form = (struct form){0};
  for (char *token = strtok_r(text, " []", &rest); token && form->count < TOKENS;
       token = strtok_r(NULL, " []", &rest)) {
    size_t length = strlen(token);
    bool dots = length >= 3 && strcmp(token + length - 3, "...") == 0;
    if (dots) token[length - 3] = '\0';
    form->repeats = form->repeats || dots;
    if (*token) form->tokens[form->count++] = token;
  }
}

static const char *token_at(const struct form *form, size_t place) {
  if (place < form->count) return form->tokens[place];
  return form->repeats && form->count > 0 ? form->tokens[form->count - 1] : NULL;
}

/* Whether what is given fits: words that stand for themselves were said. */
static bool fits(const struct form *form, const struct options *given) {
  for (size_t i = 0; i < given->argument_count; i++) {
    const char *token = token_at(form, i);
    if (!token) return false;
    bool literal = islower((unsigned char)*token) && !strpbrk(token, "=|");
    if (literal && strcmp(token, given->arguments[i]) != 0) return false;
  }
  return true;
}

static void offer_form(const struct completion *completion, char *text) {
  struct form form;
  read_form(&form, text);
  const char *token = token_at(&form, completion->given.argument_count);
  if (token && fits(&form, &completion->given)) offer_token(completion, token);
}

/* " | " stands between the forms. */
static void offer_arguments(const struct completion *completion, const char *synopsis) {
  char text[128], *next = text;
  snprintf(text, sizeof text, "%s", synopsis);
  while (next) {
    char *form = next, *end = strstr(form, " | ");
    next = end ? end + 3 : NULL;
    if (end) *end = '\0';
    offer_form(completion, form);
  }
}

/* --- the command line --- */

static const struct command *command_of(const struct completion *completion,
                                        const char *name) {
  for (size_t i = 0; i < completion->count; i++)
    if (strcmp(completion->commands[i]->name, name) == 0) return completion->commands[i];
  return NULL;
}

/* What the word takes as its value; NULL: it is no option, or takes none. */
static const char *value_of(const struct option *option, const char *word) {
  for (; option && option->name; option++)
    if (strcmp(option->name, word) == 0) return option->value;
  return NULL;
}

static void complete_command(struct completion *completion, const char *synopsis,
                             const struct option *own, char **words, int count) {
  const char *last = count > 0 ? words[count - 1] : "";
  const char *value = value_of(own, last);
  if (!value) value = value_of(options_common, last);
  options_read(&completion->given, own, value ? count - 1 : count, words, NULL);
  if (value)
    offer_meant(completion, value);
  else if (completion->typed[0] == '-')
    offer_options(completion, own), offer_options(completion, options_common);
  else
    offer_arguments(completion, synopsis);
  options_free(&completion->given);
}

static void complete_first(const struct completion *completion) {
  offer_commands(completion);
  offer(completion, "help", "what a command takes");
  if (completion->typed[0] != '-') return;
  offer(completion, "--help", NULL);
  offer(completion, "--version", NULL);
}

void complete(const struct command *const *commands, size_t count, char **words,
              int word_count) {
  struct completion completion = {
      .commands = commands,
      .count = count,
      .typed = word_count > 0 ? words[word_count - 1] : "",
  };
  if (word_count <= 1) {
    complete_first(&completion);
    return;
  }
  const struct command *command = command_of(&completion, words[0]);
  if (command)
    complete_command(&completion, command->synopsis, command->options, words + 1,
                     word_count - 2);
  else if (strcmp(words[0], "help") == 0)
    complete_command(&completion, "[COMMAND]", NULL, words + 1, word_count - 2);
}
