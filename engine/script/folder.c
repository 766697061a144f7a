#include "script/folder.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const int64_t second = 1000000000;

/* A file system's clock ticks no finer than this: a text that was read sooner after a
 * change may have changed again and look the same. */
static const int64_t grain = second;

/* Whoever has not written for so long, in seconds, is thought to be done. */
static const double pause = 0.25;

/* So many looks in a row are let go because somebody wrote meanwhile. */
enum { TORN_MOST = 10 };

struct folder {
  char *path;
  struct file *first;
  unsigned looks, torn; /* torn: of the latest, in a row */
};

struct folder *folder_new(const char *path) {
  struct folder *folder = calloc(1, sizeof *folder);
  if (folder) folder->path = strdup(path);
  if (folder) folder->torn = TORN_MOST; /* whatever the first finds counts */
  if (folder && folder->path) return folder;
  folder_free(folder);
  return NULL;
}

static void forget(struct file **link) {
  struct file *file = *link;
  *link = file->next;
  source_free(&file->source);
  free(file);
}

void folder_free(struct folder *folder) {
  if (!folder) return;
  while (folder->first) forget(&folder->first);
  free(folder->path);
  free(folder);
}

struct file *folder_files(struct folder *folder) {
  return folder->first;
}

struct file *folder_file(struct folder *folder, enum source_kind kind, const char *name) {
  struct file *file = folder->first;
  while (file && (file->kind != kind || strcmp(file->name, name) != 0)) file = file->next;
  return file;
}

static struct file *add(struct folder *folder, enum source_kind kind, const char *name) {
  struct file *file = folder_file(folder, kind, name);
  if (file) return file;
  file = calloc(1, sizeof *file);
  if (!file) return NULL;
  file->kind = kind;
  snprintf(file->name, sizeof file->name, "%s", name);
  file->next = folder->first;
  folder->first = file;
  return file;
}

/* --- one file --- */

static int64_t nanoseconds(const struct timespec *moment) {
  return moment->tv_sec * second + moment->tv_nsec;
}

static int64_t now(void) {
  struct timespec moment;
  clock_gettime(CLOCK_REALTIME, &moment);
  return nanoseconds(&moment);
}

static struct mark mark_of(const char *path) {
  struct stat about;
  if (stat(path, &about) != 0) return (struct mark){0};
  return (struct mark){about.st_dev, about.st_ino, about.st_size,
                       nanoseconds(&about.st_mtim), nanoseconds(&about.st_ctim)};
}

static bool same(const struct mark *one, const struct mark *other) {
  return one->device == other->device && one->inode == other->inode &&
         one->size == other->size && one->modified == other->modified &&
         one->changed == other->changed;
}

static bool is_link(const char *path) {
  struct stat about;
  return lstat(path, &about) == 0 && S_ISLNK(about.st_mode);
}

static bool is_written(const struct file *file, const struct writers *writers) {
  for (size_t i = 0; i < writers->count; i++)
    if (writers->files[i].kind == file->kind &&
        strcmp(writers->files[i].name, file->name) == 0)
      return true;
  return false;
}

static void take(struct file *file, struct source *source) {
  file->news |= !file->source.text || file->wrong.code[0] ||
                strcmp(file->source.hash, source->hash) != 0;
  source_free(&file->source);
  file->source = *source;
  file->wrong = (struct error){0};
}

static void refuse(struct file *file, const struct error *wrong) {
  file->news |= strcmp(file->wrong.message, wrong->message) != 0;
  file->wrong = *wrong;
}

/* False if it is to be looked at again: it changed under the reader's hand. */
static bool read(struct folder *folder, struct file *file, const char *path,
                 const struct mark *mark) {
  struct source source;
  struct error wrong;
  int64_t began = now();
  bool whole = source_find(folder->path, file->kind, file->name, &source, &wrong);
  struct mark after = mark_of(path);
  if (!same(mark, &after)) {
    source_free(&source);
    return false;
  }
  if (whole)
    take(file, &source);
  else
    refuse(file, &wrong);
  file->mark = *mark;
  file->read = began;
  return true;
}

static void path_of(const struct folder *folder, const struct file *file,
                    char path[PATH_MAX]) {
  snprintf(path, PATH_MAX, "%s/%s/%s.lua", folder->path, source_folder(file->kind),
           file->name);
}

static bool look(struct folder *folder, struct file *file, bool guess) {
  char path[PATH_MAX];
  path_of(folder, file, path);
  struct mark mark = mark_of(path);
  file->is_link = is_link(path);
  if (same(&mark, &file->mark) && file->read - mark.changed > grain) return true;
  if (!same(&mark, &file->seen)) {
    file->seen = mark;
    file->since = clock_monotonic();
  }
  bool fresh =
      guess && !same(&mark, &file->mark) && clock_monotonic() - file->since < pause;
  return !fresh && read(folder, file, path, &mark);
}

/* --- all files --- */

/* Its folder is not there, or may not be read: an accident, rather than a wish to have no
 * scripts. */
static void lose(struct folder *folder, enum source_kind kind) {
  struct error wrong;
  error_set(&wrong, "script", "the folder %s/%s cannot be read: %s", folder->path,
            source_folder(kind), strerror(errno));
  for (struct file *file = folder->first; file; file = file->next) {
    if (file->kind != kind) continue;
    file->looks = folder->looks;
    file->mark = file->seen = (struct mark){0};
    refuse(file, &wrong);
  }
}

static bool look_at_kind(struct folder *folder, enum source_kind kind,
                         const struct writers *writers, bool guess) {
  bool settled = true;
  errno = 0;
  char **names = source_list(folder->path, kind);
  if (!names) lose(folder, kind);
  for (char **name = names; name && *name; name++) {
    struct file *file = add(folder, kind, *name);
    if (!file) continue;
    file->looks = folder->looks;
    if (!is_written(file, writers)) settled &= look(folder, file, guess);
  }
  source_list_free(names);
  return settled;
}

static void forget_news(struct folder *folder) {
  for (struct file **link = &folder->first; *link;) {
    (*link)->news = false;
    if ((*link)->gone)
      forget(link);
    else
      link = &(*link)->next;
  }
}

/* Files that were saved together may have been read one before and one behind that. */
static bool has_moved(const struct folder *folder, const struct writers *writers) {
  for (const struct file *file = folder->first; file; file = file->next) {
    char path[PATH_MAX];
    path_of(folder, file, path);
    struct mark mark = mark_of(path);
    bool looked_at = file->looks == folder->looks && !is_written(file, writers);
    if (looked_at && !same(&mark, &file->seen)) return true;
  }
  return false;
}

bool folder_is_torn(const struct folder *folder) {
  return folder->torn > 0;
}

bool folder_look(struct folder *folder, const struct writers *writers, bool guess) {
  bool settled = true;
  if (!folder->torn) forget_news(folder);
  folder->looks++;
  for (int kind = SOURCE_FLOW; kind <= SOURCE_MODULE; kind++)
    settled &= look_at_kind(folder, (enum source_kind)kind, writers, guess);
  for (struct file *file = folder->first; file; file = file->next)
    file->gone = file->looks != folder->looks;
  bool torn = folder->torn < TORN_MOST && has_moved(folder, writers);
  folder->torn = torn ? folder->torn + 1 : 0;
  return torn || !settled;
}
