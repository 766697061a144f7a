#include "script/releases.h"

#include <stdlib.h>
#include <string.h>

struct releases {
  const struct shelf *shelf;
  bool watched;
  struct standing *first;
};

struct releases *releases_new(const struct shelf *shelf) {
  struct releases *releases = calloc(1, sizeof *releases);
  if (releases) releases->shelf = shelf;
  return releases;
}

static void standing_free(struct standing *standing) {
  release_drop(standing->release);
  free(standing);
}

void releases_free(struct releases *releases) {
  if (!releases) return;
  while (releases->first) releases_forget(releases, releases->first);
  free(releases);
}

void releases_watched(struct releases *releases) {
  releases->watched = true;
}

const char *standing_word(enum standing_state state) {
  static const char *const words[] = {"live", "broken", "gone"};
  return words[state];
}

static int compare(const struct standing *standing, enum source_kind kind,
                   const char *name) {
  if (standing->kind != kind) return standing->kind < kind ? -1 : 1;
  return strcmp(standing->name, name);
}

struct standing *releases_settle(struct releases *releases, enum source_kind kind,
                                 const char *name) {
  struct standing **link = &releases->first;
  while (*link && compare(*link, kind, name) < 0) link = &(*link)->next;
  if (*link && compare(*link, kind, name) == 0) return *link;
  struct standing *standing = calloc(1, sizeof *standing);
  if (!standing) return NULL;
  standing->kind = kind;
  strncpy(standing->name, name, sizeof standing->name - 1);
  standing->next = *link;
  *link = standing;
  return standing;
}

void releases_forget(struct releases *releases, struct standing *standing) {
  struct standing **link = &releases->first;
  while (*link != standing) link = &(*link)->next;
  *link = standing->next;
  standing_free(standing);
}

const struct standing *releases_first(const struct releases *releases) {
  return releases->first;
}

static struct standing *find(const struct releases *releases, enum source_kind kind,
                             const char *name) {
  struct standing *standing = releases->first;
  while (standing && compare(standing, kind, name) != 0) standing = standing->next;
  return standing;
}

/* A file that nothing is known of has been written just now. */
static bool refuse(const struct standing *standing, enum source_kind kind,
                   const char *name, struct error *error) {
  const char *noun = source_noun(kind);
  if (!standing)
    return error_set(error, "missing",
                     "the %s '%s' is not live yet; a moment later it is", noun, name);
  if (standing->state == STANDING_GONE)
    return error_set(error, "missing",
                     "the %s '%s' was deleted; it takes no new work, what is under way "
                     "goes on",
                     noun, name);
  if (error) *error = standing->reason;
  return false;
}

static struct release *read_shelf(const struct releases *releases, enum source_kind kind,
                                  const char *name, bool live, struct error *error) {
  struct source source;
  struct release *release = NULL;
  if (!shelf_find(releases->shelf, kind, name, &source, error)) return NULL;
  if (live)
    refuse(NULL, kind, name, error);
  else if (!(release = release_new(kind, &source)))
    error_set(error, "memory", "out of memory for %s", name);
  source_free(&source);
  return release;
}

struct release *releases_last(const struct releases *releases, enum source_kind kind,
                              const char *name, struct error *error) {
  bool live = releases->watched && shelf_is_name(releases->shelf, kind, name);
  const struct standing *standing = live ? find(releases, kind, name) : NULL;
  if (!standing) return read_shelf(releases, kind, name, live, error);
  if (standing->release) return release_hold(standing->release);
  refuse(standing, kind, name, error);
  return NULL;
}

bool releases_gone(const struct releases *releases, enum source_kind kind,
                   const char *name, struct error *error) {
  bool live = releases->watched && shelf_is_name(releases->shelf, kind, name);
  const struct standing *standing = live ? find(releases, kind, name) : NULL;
  if (!standing || standing->state != STANDING_GONE) return false;
  refuse(standing, kind, name, error);
  return true;
}

struct release *releases_find(const struct releases *releases, enum source_kind kind,
                              const char *name, struct error *error) {
  if (releases_gone(releases, kind, name, error)) return NULL;
  return releases_last(releases, kind, name, error);
}

bool releases_module(const struct releases *releases, const char *name,
                     struct source *source, struct error *error) {
  struct release *release = releases_find(releases, SOURCE_MODULE, name, error);
  bool found = release && (source_copy(source, release_source(release)) ||
                           error_set(error, "memory", "out of memory for %s", name));
  release_drop(release);
  return found;
}
