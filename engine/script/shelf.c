#include "script/shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS = 1000 };

struct text {
  struct text *next;
  enum source_kind kind;
  struct source source;
};

struct shelf {
  char *folder;
  struct text *first;
  size_t count;
};

struct shelf *shelf_new(const char *folder, struct error *error) {
  struct shelf *shelf = calloc(1, sizeof *shelf);
  if (shelf) shelf->folder = strdup(folder);
  if (shelf && shelf->folder) return shelf;
  shelf_free(shelf);
  error_set(error, "memory", "out of memory for the scripts");
  return NULL;
}

static void text_free(struct text *text) {
  source_free(&text->source);
  free(text);
}

void shelf_free(struct shelf *shelf) {
  if (!shelf) return;
  while (shelf->first) {
    struct text *text = shelf->first;
    shelf->first = text->next;
    text_free(text);
  }
  free(shelf->folder);
  free(shelf);
}

/* "flows/pin.lua" is a flow. */
static bool read_kind(const char *path, enum source_kind *kind) {
  for (int each = SOURCE_FLOW; each <= SOURCE_MODULE; each++) {
    const char *folder = source_folder((enum source_kind)each);
    size_t length = strlen(folder);
    bool inside = strncmp(path, folder, length) == 0 && path[length] == '/';
    if (!inside || strchr(path + length + 1, '/')) continue;
    *kind = (enum source_kind)each;
    return true;
  }
  return false;
}

bool shelf_put(struct shelf *shelf, const char *path, const char *text,
               struct error *error) {
  enum source_kind kind;
  if (!read_kind(path, &kind))
    return error_set(error, "script",
                     "%s: a script in memory is named flows/NAME.lua, providers/NAME.lua "
                     "or lib/NAME.lua",
                     path);
  if (shelf->count == TEXTS)
    return error_set(error, "script", "more than %d scripts in memory", TEXTS);
  struct text *put = calloc(1, sizeof *put);
  if (!put) return error_set(error, "memory", "out of memory for %s", path);
  put->kind = kind;
  if (!source_take(path, text, &put->source, error)) {
    free(put);
    return false;
  }
  put->next = shelf->first;
  shelf->first = put;
  shelf->count++;
  return true;
}

static const struct text *find_text(const struct shelf *shelf, enum source_kind kind,
                                    const char *name) {
  const struct text *text = shelf->first;
  while (text && (text->kind != kind || strcmp(text->source.name, name) != 0))
    text = text->next;
  return text;
}

bool shelf_find(const struct shelf *shelf, enum source_kind kind, const char *name,
                struct source *source, struct error *error) {
  const struct text *text = find_text(shelf, kind, name);
  if (!text) return source_find(shelf->folder, kind, name, source, error);
  return source_take(text->source.path, text->source.text, source, error);
}

bool shelf_is_name(const struct shelf *shelf, enum source_kind kind, const char *name) {
  return !find_text(shelf, kind, name) && !strpbrk(name, "/.");
}

static int compare_names(const void *left, const void *right) {
  return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool has_name(char *const *names, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

char **shelf_list(const struct shelf *shelf, enum source_kind kind) {
  char **names = source_list(shelf->folder, kind);
  size_t count = 0;
  while (names && names[count]) count++;
  char **more = realloc(names, (count + shelf->count + 1) * sizeof *more);
  if (!more) return names;
  for (const struct text *text = shelf->first; text; text = text->next) {
    if (text->kind != kind || has_name(more, count, text->source.name)) continue;
    more[count] = strdup(text->source.name);
    if (more[count]) count++;
  }
  more[count] = NULL;
  qsort(more, count, sizeof *more, compare_names);
  return more;
}
