#include "cli/files.h"

#include <fts.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FIRST = 64 };

static bool add(struct files *files, const char *path) {
  if (files->count == files->capacity) {
    size_t capacity = files->capacity ? 2 * files->capacity : FIRST;
    char **paths = realloc(files->paths, capacity * sizeof *paths);
    if (!paths) return false;
    files->paths = paths;
    files->capacity = capacity;
  }
  char *copy = strdup(path);
  if (!copy) return false;
  files->paths[files->count++] = copy;
  return true;
}

static int by_name(const FTSENT **a, const FTSENT **b) {
  return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool add_folder(struct files *files, const char *folder, files_test_fn test) {
  char *const roots[] = {(char *)folder, NULL};
  FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
  bool good = walk != NULL;
  FTSENT *entry;
  while (good && (entry = fts_read(walk)))
    if (entry->fts_info == FTS_F && test(entry->fts_name))
      good = add(files, entry->fts_path);
  if (walk) fts_close(walk);
  return good;
}

static bool is_folder(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool add_name(struct files *files, const char *name, files_test_fn test) {
  return is_folder(name) ? add_folder(files, name, test) : add(files, name);
}

static bool add_pattern(struct files *files, const char *pattern, files_test_fn test) {
  glob_t found;
  if (glob(pattern, 0, NULL, &found) != 0) return add(files, pattern);
  bool good = true;
  for (size_t i = 0; good && i < found.gl_pathc; i++)
    good = add_name(files, found.gl_pathv[i], test);
  globfree(&found);
  return good;
}

static bool is_there(const char *path) {
  struct stat status;
  return lstat(path, &status) == 0;
}

bool files_find(struct files *files, char *const *names, files_test_fn test) {
  bool good = true;
  *files = (struct files){0};
  for (; good && *names; names++) {
    bool pattern = !is_there(*names) && strpbrk(*names, "*?[");
    good = pattern ? add_pattern(files, *names, test) : add_name(files, *names, test);
  }
  return good;
}

void files_free(struct files *files) {
  for (size_t i = 0; i < files->count; i++) free(files->paths[i]);
  free(files->paths);
  *files = (struct files){0};
}
