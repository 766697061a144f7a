#include "cli/rollback.h"

#include "cli/command.h"
#include "cli/phrase.h"
#include "cli/report.h"
#include "cli/standings.h"
#include "cli/style.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 50 }; /* tenths of a second that an engine gets to make it live */

static bool fail(struct od_error *error, const char *path) {
  const char *why = strerror(errno);
  *error = (struct od_error){.code = "unwritable"};
  snprintf(error->message, sizeof error->message, "cannot write %s: %s", path, why);
  return false;
}

/* --- the file --- */

static bool write_all(int file, const char *text) {
  for (size_t left = strlen(text); left > 0;) {
    ssize_t wrote = write(file, text, left);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    text += wrote;
    left -= (size_t)wrote;
  }
  return fsync(file) == 0;
}

/* As the file before was, so far as this user may. */
static bool dress(int file, const char *path) {
  struct stat before;
  if (lstat(path, &before) != 0 || !S_ISREG(before.st_mode))
    return fchmod(file, 0644) == 0;
  bool owned = fchown(file, before.st_uid, before.st_gid) == 0 || errno == EPERM;
  return owned && fchmod(file, before.st_mode & 07777) == 0;
}

/* A link to another file of the scripts folder stays; one that leads elsewhere, which no
 * engine follows, is what is replaced. */
static void find_file(const char *path, char real[PATH_MAX]) {
  char outer[PATH_MAX], folder[PATH_MAX];
  snprintf(outer, sizeof outer, "%s", path);
  for (int up = 0; up < 2; up++) {
    char *slash = strrchr(outer, '/');
    if (slash) *slash = '\0';
  }
  bool known = realpath(outer, folder) && realpath(path, real);
  size_t length = known ? strlen(folder) : 0;
  bool inside = known && strncmp(real, folder, length) == 0 && real[length] == '/';
  if (!inside) snprintf(real, PATH_MAX, "%s", path);
}

/* A name that is no script's, beside the file, takes its place once it is on disk. */
static bool replace(const char *path, const char *text, struct od_error *error) {
  char real[PATH_MAX], *beside = NULL;
  find_file(path, real);
  const char *slash = strrchr(real, '/');
  int folder = slash ? (int)(slash - real) + 1 : 0;
  if (asprintf(&beside, "%.*s.%s.XXXXXX", folder, real, real + folder) < 0)
    return fail(error, path);
  int file = mkostemp(beside, O_CLOEXEC);
  bool written = file >= 0 && dress(file, real) && write_all(file, text);
  if (file >= 0 && close(file) != 0) written = false;
  written = written && rename(beside, real) == 0;
  if (!written) fail(error, path);
  if (!written && file >= 0) unlink(beside);
  free(beside);
  return written;
}

/* --- which version --- */

/* The one before the newest, in the order in which they were live. */
static const char *before(const struct history *history) {
  size_t i;
  json_t *version;
  const char *newest = phrase_text(json_array_get(history->versions, 0), "version");
  json_array_foreach (history->versions, i, version)
    if (strcmp(phrase_text(version, "version"), newest) != 0)
      return phrase_text(version, "version");
  return NULL;
}

static bool is_in_file(const struct history *history, const json_t *version) {
  return history->text && strcmp(history->text, phrase_text(version, "source")) == 0;
}

static json_t *choose(const struct history *history, const struct options *options,
                      struct od_error *error) {
  json_t *chosen = history_version(history, options, history->version, error);
  if (!chosen || *history->version || !is_in_file(history, chosen)) return chosen;
  json_decref(chosen);
  const char *earlier = before(history);
  if (earlier) return history_version(history, options, earlier, error);
  command_error(error, "the %s '%s' has no earlier version", history->kind,
                history->name);
  return NULL;
}

/* --- what came of it --- */

static bool is_settled(const json_t *standings, const struct history *history,
                       const char *version) {
  const json_t *script = standings_find(standings, history->kind, history->name);
  if (!json_is_true(json_object_get(standings, "serving"))) return true;
  return strcmp(phrase_text(script, "state"), "live") == 0 &&
         strcmp(phrase_text(script, "version"), version) == 0;
}

/* "live"; "waiting" when no engine serves; else the state it is in. */
static const char *await(const struct history *history, const struct options *options,
                         const char *version, json_t **standings) {
  struct timespec tenth = {.tv_nsec = 100000000};
  struct od_error error;
  *standings = standings_read(options, &error);
  for (int i = 0; i < PATIENCE && *standings; i++) {
    if (is_settled(*standings, history, version)) break;
    nanosleep(&tenth, NULL);
    json_decref(*standings);
    *standings = standings_read(options, &error);
  }
  if (!json_is_true(json_object_get(*standings, "serving"))) return "waiting";
  return phrase_text(standings_find(*standings, history->kind, history->name), "state");
}

static void print(const struct history *history, const char *version, const char *state,
                  const char *reason) {
  struct style style = style_of(stdout);
  bool live = strcmp(state, "live") == 0, waiting = strcmp(state, "waiting") == 0;
  enum tone tone = live || waiting ? TONE_GREEN : TONE_RED;
  printf("%s%s%s ", style_begin(&style, tone),
         style_mark(&style, live || waiting ? MARK_GOOD : MARK_BAD),
         style_end(&style, tone));
  command_print(stdout, history->path);
  printf(" has the text of version %.12s again", version);
  if (live)
    puts(", and it is live");
  else if (waiting)
    puts(": it will be live once an engine serves");
  else
    printf(", but it is not live:\n  %s\n", reason);
}

static int tell(const struct history *history, const struct options *options,
                const char *version) {
  json_t *standings;
  const char *state = await(history, options, version, &standings);
  const json_t *script = standings_find(standings, history->kind, history->name);
  const char *reason = phrase_text(json_object_get(script, "reason"), "message");
  bool good = strcmp(state, "live") == 0 || strcmp(state, "waiting") == 0;
  if (options->json) {
    json_t *object = json_pack("{ss, ss, ss}", "path", history->path, "version", version,
                               "state", state);
    report_print(object);
    json_decref(object);
  } else {
    print(history, version, state, reason);
  }
  json_decref(standings);
  return good ? EXIT_COMPLETED : EXIT_FAILED;
}

int rollback(const struct history *history, const struct options *options,
             struct od_error *error) {
  json_t *chosen = choose(history, options, error);
  bool there = chosen && is_in_file(history, chosen);
  bool done =
      chosen && (there || replace(history->path, phrase_text(chosen, "source"), error));
  int status = done ? tell(history, options, phrase_text(chosen, "version"))
                    : command_status(error->code);
  json_decref(chosen);
  return status;
}
