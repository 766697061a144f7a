#include "checker.h"

#include "bind/bind.h"
#include "script/globals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct checker {
  struct bind_parts parts;  /* empty: nothing runs */
  struct script *texts;     /* lua/outdial/check.lua, loaded */
  struct sandbox *known[2]; /* by sandbox_kind: whose globals are the known ones */
  const struct check *check;
  const struct source *source; /* under check: the script, or a module that it requires */
  json_t *seen;                /* modules looked at on the way */
  json_t *said;                /* what the text showed, by its sentence */
  size_t problems;
};

static void report_at(struct checker *checker, const char *path, int line,
                      const char *message) {
  checker->problems++;
  checker->check->problem(checker->check->context, path, line, message);
}

static void report(struct checker *checker, int line, const char *message) {
  report_at(checker, checker->source->path, line, message);
}

const char *checker_split(const char *message, const char *path, int *line) {
  size_t length = strlen(path);
  *line = 0;
  if (strncmp(message, path, length) != 0 || message[length] != ':') return message;
  char *end;
  *line = (int)strtol(message + length + 1, &end, 10);
  while (*end == ':' || *end == ' ') end++;
  return end;
}

/* Of a module, it may have gone wrong in there. What the text showed already is not said
 * once more: that knew the line. */
static void report_error(struct checker *checker, const struct error *error) {
  int line;
  const char *sentence = checker_split(error->message, checker->source->path, &line);
  if (!json_object_get(checker->said, sentence)) report(checker, line, sentence);
}

/* --- globals --- */

static int read_global(lua_State *L) {
  lua_pushglobaltable(L);
  lua_pushstring(L, lua_touserdata(L, 1));
  lua_rawget(L, -2);
  lua_pushboolean(L, !lua_isnil(L, -1));
  return 1;
}

static bool is_global(struct checker *checker, enum sandbox_kind kind, const char *name) {
  struct sandbox *known = checker->known[kind];
  lua_State *L = sandbox_state(known);
  lua_pushcfunction(L, read_global);
  lua_pushlightuserdata(L, (void *)name);
  if (!sandbox_call(known, 1, 1, NULL)) return false;
  bool there = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return there;
}

/* What to do without a global that Lua has elsewhere; NULL where that is not known. */
static const char *instead_of(const char *name) {
  static const char *const advice[][2] = {
      {"os", "outdial.now() is the time"},
      {"io", "scripts have no files"},
      {"print", "outdial.log says something"},
      {"next", "pairs goes over a table"},
      {"load", "require a module of the folder lib"},
      {"loadfile", "require a module of the folder lib"},
      {"dofile", "require a module of the folder lib"},
      {"coroutine", "what takes its time waits by itself"},
      {"unpack", "it is table.unpack"},
  };
  for (size_t i = 0; i < sizeof advice / sizeof *advice; i++)
    if (strcmp(advice[i][0], name) == 0) return advice[i][1];
  return NULL;
}

/* A module may be a flow's or a provider's. */
static void found_global(void *context, const char *name, int line, bool written) {
  static const char *const kinds[] = {
      [SOURCE_FLOW] = "flow", [SOURCE_PROVIDER] = "provider", [SOURCE_MODULE] = "script"};
  struct checker *checker = context;
  bool flow = checker->check->kind == SOURCE_FLOW;
  const char *instead = instead_of(name);
  char message[256];
  if (written)
    snprintf(message, sizeof message, "'%s' is set as a global; make it local", name);
  else if (!is_global(checker, flow ? SANDBOX_FLOW : SANDBOX_PROVIDER, name))
    snprintf(message, sizeof message, "there is no global '%s' in a %s%s%s", name,
             kinds[checker->check->kind], instead ? ": " : "", instead ? instead : "");
  else
    return;
  report(checker, line, message);
}

/* What is wrong with it everywhere is said of the module itself. */
static void found_in_module(void *context, const char *name, int line, bool written) {
  struct checker *checker = context;
  char message[256];
  if (written || is_global(checker, SANDBOX_FLOW, name) ||
      !is_global(checker, SANDBOX_PROVIDER, name))
    return;
  snprintf(message, sizeof message,
           "there is no global '%s' in a flow, and the flow '%s' requires this module",
           name, checker->check->source->name);
  report(checker, line, message);
}

/* --- what the text shows --- */

static struct script *load_texts(struct checker *checker, struct error *error);

/* A text that takes too long to look at stops the state for good: there is a new one for
 * the next. That the definition is well is seen elsewhere. */
static void give_up(struct checker *checker) {
  struct error error;
  script_free(checker->texts);
  checker->texts = load_texts(checker, &error);
  if (checker->check->strict)
    report(checker, 0, "too large to be looked at whole: move parts of it into lib/");
}

static json_t *ask_texts(struct checker *checker, const char *function) {
  const struct source *source = checker->source;
  json_t *text = json_stringn(source->text, source->length);
  json_t *args = text ? json_pack("[o, O?]", text, checker->check->providers) : NULL;
  bool asked = args && checker->texts;
  json_t *values = asked ? script_ask(checker->texts, function, args, NULL) : NULL;
  if (!asked) json_decref(args);
  if (!values) give_up(checker);
  return values;
}

static void check_options(struct checker *checker) {
  json_t *values = ask_texts(checker, "problems");
  size_t i;
  json_t *problem;
  json_array_foreach (json_array_get(values, 0), i, problem) {
    const char *sentence = json_string_value(json_array_get(problem, 1));
    json_object_set_new(checker->said, sentence, json_true());
    report(checker, (int)json_integer_value(json_array_get(problem, 0)), sentence);
  }
  json_decref(values);
}

static void check_requires(struct checker *checker);

static void check_module(struct checker *checker, const char *name, int line) {
  struct source module;
  const struct source *outer = checker->source;
  struct error error;
  if (json_object_get(checker->seen, name)) return;
  json_object_set_new(checker->seen, name, json_true());
  if (!checker->check->find(checker->check->find_context, name, &module, &error)) {
    report(checker, line, error.message);
    return;
  }
  checker->source = &module;
  if (checker->check->kind == SOURCE_FLOW)
    globals_scan(&module, found_in_module, checker, NULL);
  check_requires(checker);
  checker->source = outer;
  source_free(&module);
}

/* Also what is only required once the script runs. */
static void check_requires(struct checker *checker) {
  json_t *values = ask_texts(checker, "requires");
  size_t i;
  json_t *required;
  json_array_foreach (json_array_get(values, 0), i, required)
    check_module(checker, json_string_value(json_array_get(required, 1)),
                 (int)json_integer_value(json_array_get(required, 0)));
  json_decref(values);
}

/* --- the definition --- */

static void check_help(struct checker *checker, const struct script *script) {
  const char *name;
  json_t *rule;
  json_object_foreach (json_object_get(script_description(script), "params"), name,
                       rule) {
    char message[128];
    snprintf(message, sizeof message, "param '%s' has no help: say what it is for", name);
    bool clear = json_object_get(rule, "help") || json_object_get(rule, "default");
    if (!clear && !json_object_get(checker->said, message)) report(checker, 0, message);
  }
}

static bool check_definition(struct checker *checker) {
  struct error error;
  const struct check *check = checker->check;
  bool provider = check->kind == SOURCE_PROVIDER;
  struct script_plan plan = {
      .limits = {.kind = provider ? SANDBOX_PROVIDER : SANDBOX_FLOW,
                 .memory = provider ? 64 << 20 : 0,
                 .drawn = check->drawn},
      .ready = provider ? bind_provider : bind_flow,
      .ready_context = &checker->parts,
      .find = check->find,
      .find_context = check->find_context,
  };
  struct script *script = script_load(&plan, check->source, &error);
  if (!script) {
    report_error(checker, &error);
    return false;
  }
  if (check->strict && !provider) check_help(checker, script);
  script_free(script);
  return true;
}

/* --- all of it --- */

static void examine(struct checker *checker) {
  const struct check *check = checker->check;
  struct error error;
  if (!globals_scan(check->source, found_global, checker, &error)) {
    report_error(checker, &error);
    return;
  }
  check_options(checker);
  if (check->kind != SOURCE_MODULE && check_definition(checker)) {
    checker->seen = json_object();
    check_requires(checker);
    json_decref(checker->seen);
  }
}

bool checker_examine(struct checker *checker, const struct check *check) {
  checker->check = check;
  checker->source = check->source;
  checker->problems = 0;
  checker->said = json_object();
  examine(checker);
  json_decref(checker->said);
  return checker->problems == 0;
}

static struct script *load_texts(struct checker *checker, struct error *error) {
  static const char text[] = "return require 'outdial.check'";
  struct source source = {
      .name = "check",
      .path = (char *)"outdial/check.lua",
      .text = (char *)text,
      .length = sizeof text - 1,
  };
  struct script_plan plan = {
      .limits = {.kind = SANDBOX_PROVIDER,
                 .instructions = 500000000,
                 .memory = 256 << 20},
      .ready = bind_check,
      .ready_context = &checker->parts,
  };
  return script_load(&plan, &source, error);
}

struct checker *checker_new(struct error *error) {
  struct checker *checker = calloc(1, sizeof *checker);
  error_set(error, "memory", "out of memory for a check");
  if (!checker) return NULL;
  checker->texts = load_texts(checker, error);
  for (int kind = SANDBOX_FLOW; kind <= SANDBOX_PROVIDER; kind++)
    checker->known[kind] =
        sandbox_new(&(struct sandbox_plan){.kind = (enum sandbox_kind)kind});
  if (checker->texts && checker->known[0] && checker->known[1]) return checker;
  checker_free(checker);
  return NULL;
}

void checker_free(struct checker *checker) {
  if (!checker) return;
  for (int i = 0; i < 2; i++) sandbox_free(checker->known[i]);
  script_free(checker->texts);
  free(checker);
}
