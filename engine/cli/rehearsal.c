#include "cli/rehearsal.h"

#include "cli/command.h"
#include "cli/files.h"
#include "cli/parameters.h"
#include "cli/style.h"
#include "cli/timeline.h"
#include "cli/values.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Puts a file's bytes between two symbols. */
#define MODULE(symbol)                                                                   \
  __asm__(".section .rodata\nrehearsal_" #symbol "_code:\n.incbin \"" REHEARSAL_HALF     \
          "/" #symbol ".luac\"\nrehearsal_" #symbol "_end:\n.byte 0\n.previous\n");      \
  extern const char rehearsal_##symbol##_code[], rehearsal_##symbol##_end[]

MODULE(callee);
MODULE(choices);
MODULE(explore);
MODULE(explorer);
MODULE(layout);
MODULE(line);
MODULE(lines);
MODULE(picture);
MODULE(stage);
MODULE(standin);
MODULE(suite);
MODULE(test);

static const struct module {
  const char *name, *code, *end;
} modules[] = {
#define ENTRY(name, symbol)                                                              \
  { name, rehearsal_##symbol##_code, rehearsal_##symbol##_end }
    ENTRY("rehearsal.choices", choices), ENTRY("rehearsal.callee", callee),
    ENTRY("rehearsal.explore", explore), ENTRY("rehearsal.explorer", explorer),
    ENTRY("rehearsal.layout", layout),   ENTRY("rehearsal.line", line),
    ENTRY("rehearsal.lines", lines),     ENTRY("rehearsal.picture", picture),
    ENTRY("rehearsal.stage", stage),     ENTRY("rehearsal.standin", standin),
    ENTRY("rehearsal.suite", suite),     ENTRY("outdial.test", test),
};

static void offer_modules(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
    const struct module *module = &modules[i];
    size_t length = (size_t)(module->end - module->code);
    if (luaL_loadbufferx(L, module->code, length, module->name, "b")) lua_error(L);
    lua_setfield(L, -2, module->name);
  }
  lua_pushcfunction(L, rehearsal_open_engine);
  lua_setfield(L, -2, "rehearsal.engine");
  lua_pop(L, 1);
}

/* --- what the modules get from C --- */

/* timeline(events, run, colour) → the lines that outdial run would have shown.
 * [-3, +1, e] */
static int write_timeline(lua_State *L) {
  json_t *events = values_take(L, 1), *event;
  struct style style = style_of(stdout);
  char *text = NULL;
  size_t size = 0, i;
  const char *run = luaL_checkstring(L, 2);
  if (!lua_toboolean(L, 3)) style.colour = false;
  FILE *out = open_memstream(&text, &size);
  struct timeline *timeline = out ? timeline_new(out, &style) : NULL;
  json_array_foreach (events, i, event)
    if (timeline) timeline_event(timeline, run, event);
  timeline_free(timeline);
  if (out) fclose(out);
  json_decref(events);
  lua_pushstring(L, text ? text : "");
  free(text);
  return 1;
}

/* paint(word, text) → the text in that tone, where the terminal has colours: "red",
 * "green", "bold", "dim". [-2, +1, e] */
static int paint(lua_State *L) {
  static const char *const words[] = {"red", "green", "bold", "dim", NULL};
  static const enum tone tones[] = {TONE_RED, TONE_GREEN, TONE_BOLD, TONE_DIM};
  enum tone tone = tones[luaL_checkoption(L, 1, NULL, words)];
  struct style style = style_of(stdout);
  lua_pushfstring(L, "%s%s%s", style_begin(&style, tone), luaL_checkstring(L, 2),
                  style_end(&style, tone));
  return 1;
}

/* mark(good) → the sign for it. [-1, +1, e] */
static int mark(lua_State *L) {
  struct style style = style_of(stdout);
  lua_pushstring(L, style_mark(&style, lua_toboolean(L, 1) ? MARK_GOOD : MARK_BAD));
  return 1;
}

/* parameters(list) → {name = value} of name=value texts, or nil and a sentence.
 * [-1, +1|2, e] */
static int read_parameters(lua_State *L) {
  char *arguments[PARAMETERS_MOST];
  struct od_error error = {0};
  size_t count = lua_rawlen(L, 1);
  for (size_t i = 0; i < count && i < PARAMETERS_MOST; i++) {
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    arguments[i] = (char *)luaL_checkstring(L, -1); /* the list keeps it */
    lua_pop(L, 1);
  }
  json_t *object = parameters_read(arguments, count, &error);
  if (!object) {
    lua_pushnil(L);
    lua_pushstring(L, error.message);
    return 2;
  }
  values_push(L, object);
  json_decref(object);
  return 1;
}

static bool is_lua(const char *name) {
  size_t length = strlen(name);
  return length > 4 && strcmp(name + length - 4, ".lua") == 0;
}

/* scripts(folder) → the paths of the Lua files in it, sorted; those of a file: itself;
 * nil where nothing is. [-1, +1, e] */
static int list_scripts(lua_State *L) {
  struct files files;
  char *const names[] = {(char *)luaL_checkstring(L, 1), NULL};
  if (access(names[0], R_OK) != 0) return 0;
  bool found = files_find(&files, names, is_lua);
  lua_newtable(L);
  for (size_t i = 0; found && i < files.count; i++) {
    lua_pushstring(L, files.paths[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  files_free(&files);
  return 1;
}

/* list(table) → the table, which is a list in JSON also when it is empty. [-1, +1, e] */
static int mark_list(lua_State *L) {
  lua_settop(L, 1);
  lua_newtable(L);
  lua_pushboolean(L, true);
  lua_setfield(L, -2, "list");
  lua_setmetatable(L, 1);
  return 1;
}

/* print_json(value): as one line. [-1, 0, e] */
static int print_json(lua_State *L) {
  json_t *value = values_take(L, 1);
  json_dumpf(value, stdout, JSON_COMPACT);
  putchar('\n');
  json_decref(value);
  return 0;
}

/* progress(count): shows on a terminal how many paths were walked; progress(nil) takes
 * that away. [-1, 0, e] */
static int show_progress(lua_State *L) {
  struct style style = style_of(stderr);
  if (!style.live) return 0;
  if (lua_isnil(L, 1))
    fputs("\r\033[K", stderr);
  else if (luaL_checkinteger(L, 1) % 50 == 0)
    fprintf(stderr, "\r\033[K%lld paths", (long long)lua_tointeger(L, 1));
  return 0;
}

/* complain(command, code, sentence, json) → the exit status, once told. [-4, +1, e] */
static int complain(lua_State *L) {
  struct options options = {.json = lua_toboolean(L, 4)};
  struct od_error error = {0};
  snprintf(error.code, sizeof error.code, "%s", luaL_checkstring(L, 2));
  snprintf(error.message, sizeof error.message, "%s", luaL_checkstring(L, 3));
  lua_pushinteger(L, command_refuse(&options, luaL_checkstring(L, 1), &error));
  return 1;
}

static int open_tools(lua_State *L) {
  static const luaL_Reg functions[] = {{"timeline", write_timeline},
                                       {"paint", paint},
                                       {"mark", mark},
                                       {"parameters", read_parameters},
                                       {"complain", complain},
                                       {"scripts", list_scripts},
                                       {"print_json", print_json},
                                       {"list", mark_list},
                                       {"progress", show_progress},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}

/* --- starting --- */

static void push_texts(lua_State *L, char *const *texts) {
  lua_newtable(L);
  for (lua_Integer i = 0; texts[i]; i++) {
    lua_pushstring(L, texts[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

static void push_options(lua_State *L, const struct options *options) {
  lua_newtable(L);
  push_texts(L, options->settings);
  lua_setfield(L, -2, "settings");
  push_texts(L, options->arguments);
  lua_setfield(L, -2, "arguments");
  lua_pushstring(L, options->config_file);
  lua_setfield(L, -2, "config_file");
  lua_pushboolean(L, options->json);
  lua_setfield(L, -2, "json");
  lua_newtable(L);
  for (lua_Integer i = 0; i < OPTIONS_OWN; i++) {
    lua_pushstring(L, options->own[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "own");
}

static int begin(lua_State *L) {
  luaL_openlibs(L);
  offer_modules(L);
  luaL_requiref(L, "rehearsal.tools", open_tools, 0);
  lua_getglobal(L, "require");
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  push_options(L, lua_touserdata(L, 2));
  lua_call(L, 1, 1);
  return 1;
}

static int trace(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

int rehearsal_run(const char *module, const struct options *options) {
  lua_State *L = luaL_newstate();
  int status = EXIT_FAILED;
  if (!L) return status;
  lua_pushcfunction(L, trace);
  lua_pushcfunction(L, begin);
  lua_pushstring(L, module);
  lua_pushlightuserdata(L, (void *)options);
  if (lua_pcall(L, 2, 1, 1) == LUA_OK)
    status = (int)lua_tointeger(L, -1);
  else
    fprintf(stderr, "outdial: %s\n", lua_tostring(L, -1));
  lua_close(L);
  return status;
}
