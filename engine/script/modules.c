#include "script/modules.h"

#include "script/limits.h"
#include "script/place.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  CHUNK_SIZE = 256,        /* of a chunk's name: "@" and the end of a path */
  PATH_SIZE = 320,         /* of a circle of requires, as shown */
  COST_OF_LOADING = 10000, /* instructions that finding and compiling a module counts */
  KEPT_LIMIT = 1 << 20,    /* bytes of the texts that are kept */
};

struct pending {
  const char *name;
  struct pending *outer;
};

struct kept {
  struct kept *next;
  char *path, *text;
};

/* Their addresses are keys of the registry: tables by module name. */
static const char offered_key, loaded_key;

int modules_compile(lua_State *L, const struct source *source) {
  char chunk[CHUNK_SIZE];
  size_t length = strlen(source->path), room = sizeof chunk - 6;
  if (length <= room)
    snprintf(chunk, sizeof chunk, "@%s", source->path);
  else
    snprintf(chunk, sizeof chunk, "@...%s", source->path + length - room);
  return luaL_loadbufferx(L, source->text, source->length, chunk, "t");
}

void modules_keep(struct modules *modules, const struct source *source) {
  if (source->length > KEPT_LIMIT - modules->kept_bytes) return;
  struct kept *kept = calloc(1, sizeof *kept);
  if (!kept) return;
  kept->path = strdup(source->path);
  kept->text = strndup(source->text, source->length);
  kept->next = modules->kept;
  modules->kept = kept;
  modules->kept_bytes += source->length;
}

void modules_forget(struct modules *modules) {
  while (modules->kept) {
    struct kept *kept = modules->kept;
    modules->kept = kept->next;
    free(kept->path);
    free(kept->text);
    free(kept);
  }
}

void modules_show(const struct modules *modules, struct error *error) {
  size_t length = 0;
  int line = error ? place_line(error->message, &length) : 0;
  for (const struct kept *kept = modules->kept; line && kept; kept = kept->next) {
    bool named = kept->path && strlen(kept->path) == length &&
                 strncmp(kept->path, error->message, length) == 0;
    if (named && place_source(kept->text, line, error->source, sizeof error->source))
      error->line = line;
  }
}

static void append(char *out, const char *text) {
  size_t length = strlen(out);
  snprintf(out + length, PATH_SIZE - length, "%s", text);
}

/* The modules from name on to the innermost one. */
static void print_path(const struct pending *pending, const char *name, char *out) {
  if (!pending) return;
  if (strcmp(pending->name, name) != 0) print_path(pending->outer, name, out);
  append(out, pending->name);
  append(out, " -> ");
}

static void refuse_circle(lua_State *L, const struct pending *pending, const char *name) {
  const struct pending *each = pending;
  while (each && strcmp(each->name, name) != 0) each = each->outer;
  if (!each) return;
  char path[PATH_SIZE] = "";
  print_path(pending, name, path);
  append(path, name);
  luaL_error(L, "modules require each other in a circle: %s", path);
}

/* Asks the engine for a module of the operator's and pushes its compiled text. The source
 * is freed before anything here can raise. */
static void push_found(lua_State *L, struct modules *modules, const char *name) {
  struct source source = {0};
  struct error error = {.code = "missing"};
  limits_charge(L, COST_OF_LOADING);
  if (!modules->find) luaL_error(L, "there is no module '%s'", name);
  if (!modules->find(modules->context, name, &source, &error))
    luaL_error(L, "%s", error.message);
  size_t length = source.length;
  modules_keep(modules, &source);
  int status = modules_compile(L, &source);
  source_free(&source);
  if (status != LUA_OK) lua_error(L);
  limits_charge(L, length);
}

static void push_loader(lua_State *L, struct modules *modules, const char *name) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &offered_key);
  int type = lua_getfield(L, -1, name);
  lua_remove(L, -2);
  if (type != LUA_TNIL) return;
  lua_pop(L, 1);
  push_found(L, modules, name);
}

/* Calls the loader at the top with the name; its one result takes its place. */
static void run_loader(lua_State *L, struct modules *modules, const char *name) {
  struct pending pending = {name, modules->pending};
  lua_pushvalue(L, 1);
  modules->pending = &pending;
  modules->loading++;
  int status = lua_pcall(L, 1, 1, 0);
  modules->loading--;
  modules->pending = pending.outer;
  if (status != LUA_OK) lua_error(L);
}

static int require(lua_State *L) {
  struct modules *modules = lua_touserdata(L, lua_upvalueindex(1));
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &loaded_key);
  if (lua_getfield(L, 2, name) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  refuse_circle(L, modules->pending, name);
  push_loader(L, modules, name);
  run_loader(L, modules, name);
  if (lua_isnil(L, -1)) lua_pushboolean(L, true);
  lua_pushvalue(L, -1);
  lua_setfield(L, 2, name);
  return 1;
}

void modules_offer(lua_State *L, const char *name) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &offered_key);
  lua_insert(L, -2);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

void modules_open(lua_State *L, struct modules *modules) {
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &offered_key);
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &loaded_key);
  lua_pushlightuserdata(L, modules);
  lua_pushcclosure(L, require, 1);
  lua_setglobal(L, "require");
}
