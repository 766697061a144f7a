#include "script/shape.h"

#include "script/utf8.h"
#include "script/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct census {
  lua_Integer places, names, others; /* how many keys of each kind */
  lua_Integer last;
};

/* The key on top. */
static void count_key(lua_State *L, struct census *census) {
  bool place = lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1;
  if (place && lua_tointeger(L, -1) > census->last) census->last = lua_tointeger(L, -1);
  if (place)
    census->places++;
  else if (lua_type(L, -1) == LUA_TSTRING)
    census->names++;
  else
    census->others++;
}

/* Key and value stay, and above them the key once more for the walk to go on with. */
static void keep(lua_State *L, struct name *name) {
  name->text = lua_tolstring(L, -2, &name->length);
  name->index = lua_gettop(L) - 1;
  lua_pushvalue(L, -2);
}

static struct census count_keys(lua_State *L, struct name few[SHAPE_FEW]) {
  int table = lua_gettop(L);
  struct census census = {0};
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) == LUA_TSTRING && census.names < SHAPE_FEW)
      keep(L, &few[census.names]);
    else
      lua_pop(L, 1);
    count_key(L, &census);
  }
  return census;
}

static int compare(const void *left, const void *right) {
  const struct name *a = left, *b = right;
  size_t shorter = a->length < b->length ? a->length : b->length;
  int order = memcmp(a->text, b->text, shorter);
  return order ? order : (a->length > b->length) - (a->length < b->length);
}

static void sort(struct name *names, size_t count) {
  if (count > SHAPE_FEW) {
    qsort(names, count, sizeof *names, compare);
    return;
  }
  for (size_t i = 1; i < count; i++) {
    struct name name = names[i];
    size_t at = i;
    for (; at > 0 && compare(&names[at - 1], &name) > 0; at--) names[at] = names[at - 1];
    names[at] = name;
  }
}

struct shape shape_of(lua_State *L, struct name few[SHAPE_FEW]) {
  int table = lua_gettop(L);
  struct census census = count_keys(L, few);
  bool list = census.places || value_is_array(L, table);
  struct shape shape = {list, list ? census.places : census.names, NULL};
  if (census.others)
    shape.wrong = "a key that is neither text nor a place in a list";
  else if (list && census.names)
    shape.wrong = "a list that has named entries too";
  else if (census.last != census.places)
    shape.wrong = "a list with gaps (null can stand in them)";
  if (shape.wrong || list || shape.count > SHAPE_FEW)
    lua_settop(L, table);
  else
    sort(few, (size_t)shape.count);
  return shape;
}

void shape_names(lua_State *L, struct name *names, size_t count) {
  int table = lua_gettop(L);
  lua_pushnil(L);
  for (size_t i = 0; lua_next(L, table); i++) keep(L, &names[i]);
  sort(names, count);
}

static void print_path(const struct step *step, char *out, size_t size) {
  if (!step) return;
  print_path(step->from, out, size);
  size_t length = strlen(out);
  if (step->name)
    snprintf(out + length, size - length, length ? ".%s" : "%s", step->name);
  else
    snprintf(out + length, size - length, "[%lld]", (long long)step->place);
}

void step_explain(const struct step *step, const char *what, char *out, size_t size) {
  char path[200] = "";
  print_path(step, path, sizeof path);
  utf8_clean(path);
  snprintf(out, size, "%s%s%s", path, *path ? ": " : "", what);
}
