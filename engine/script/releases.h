/* What new work runs with: the newest good version of each script. */
#ifndef SCRIPT_RELEASES_H
#define SCRIPT_RELEASES_H

#include "script/release.h"
#include "script/shelf.h"

#include <stdint.h>

struct releases;

enum standing_state {
  STANDING_LIVE,   /* its file is what new work runs with */
  STANDING_BROKEN, /* its file will not do: the last good version, if any, serves on */
  STANDING_GONE,   /* its file was deleted: no new work */
};

/* How one script stands. */
struct standing {
  struct standing *next;
  enum source_kind kind;
  char name[SOURCE_NAME_SIZE];
  enum standing_state state;
  int64_t since;           /* wall clock ms of the state */
  struct release *release; /* the newest good version; NULL: there was none */
  struct error reason;     /* of STANDING_BROKEN; file and line first */
  int line;                /* of the reason's file; 0: all of it */
};

/* Until releases_watched, whatever is asked for is read from the shelf (which must
 * outlive this). NULL if out of memory. */
struct releases *releases_new(const struct shelf *shelf);
void releases_free(struct releases *releases);

/* From now on only what releases_settle said counts, except scripts in memory, and those
 * asked for by path. */
void releases_watched(struct releases *releases);

/* For new work: to be dropped by the caller. NULL with *error: "missing", or why there is
 * no good version. */
struct release *releases_find(const struct releases *releases, enum source_kind kind,
                              const char *name, struct error *error);

/* The same of a module: its text, to be freed by the caller. */
bool releases_module(const struct releases *releases, const char *name,
                     struct source *source, struct error *error);

/* Whether there is no new work because the script was deleted; then *error says so. */
bool releases_gone(const struct releases *releases, enum source_kind kind,
                   const char *name, struct error *error);

/* For work under way: also that of a script that is broken or gone. */
struct release *releases_last(const struct releases *releases, enum source_kind kind,
                              const char *name, struct error *error);

/* The script's standing, to be changed by whoever settles it; made if need be. NULL if
 * out of memory. */
struct standing *releases_settle(struct releases *releases, enum source_kind kind,
                                 const char *name);
void releases_forget(struct releases *releases, struct standing *standing);

/* The first, by kind and name. */
const struct standing *releases_first(const struct releases *releases);

/* "live", "broken", "gone". */
const char *standing_word(enum standing_state state);

#endif
