#include "cli/history.h"

#include "cli/command.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 1 << 20 }; /* what the engine takes of a script */

static const struct {
  const char *kind, *folder;
} kinds[] = {{"flow", "flows"}, {"provider", "providers"}, {"module", "lib"}};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* "scripts/flows/pin.lua@79f9": the name, the folder it stands in, and the version. */
static bool split(struct history *history, const char *given, char folder[16],
                  struct od_error *error) {
  static const char suffix[] = ".lua";
  char path[1024];
  size_t length = strcspn(given, "@"), tail = sizeof suffix - 1;
  snprintf(history->version, sizeof history->version, "%s",
           given[length] ? given + length + 1 : "");
  if (length > tail && strncmp(given + length - tail, suffix, tail) == 0) length -= tail;
  snprintf(path, sizeof path, "%.*s", (int)length, given);
  char *slash = strrchr(path, '/');
  if (slash) *slash = '\0';
  const char *outer = strrchr(path, '/');
  snprintf(folder, 16, "%.15s", slash ? (outer ? outer + 1 : path) : "");
  snprintf(history->name, sizeof history->name, "%.63s", slash ? slash + 1 : path);
  return history->name[0] ||
         command_error(error, "name a script, such as pin or lib/hours");
}

/* As the engine reads it: without waiting, where it is a pipe, and without a byte order
 * mark. */
static char *read_file(const char *path) {
  static const char mark[] = "\xef\xbb\xbf";
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r");
  char *text = file ? malloc(TEXT_MOST + 1) : NULL;
  size_t length = text ? fread(text, 1, TEXT_MOST, file) : 0;
  if (text) text[length] = '\0';
  if (text && strncmp(text, mark, 3) == 0) memmove(text, text + 3, length - 2);
  if (file) fclose(file);
  return text;
}

/* Fills in what there is under that kind; whether there is anything. */
static bool look(struct history *history, const struct options *options, size_t kind,
                 const char *scripts, struct od_error *error) {
  struct od_config config = options_config(options);
  history->kind = kinds[kind].kind;
  history->folder = kinds[kind].folder;
  if (asprintf(&history->path, "%s/%s/%s.lua", scripts, history->folder, history->name) <
      0)
    history->path = NULL;
  history->text = history->path ? read_file(history->path) : NULL;
  char *versions = od_list_versions(&config, history->kind, history->name, error);
  history->versions = versions ? json_loads(versions, 0, NULL) : NULL;
  od_text_free(versions);
  return history->text || json_array_size(history->versions) > 0;
}

static void clear(struct history *history) {
  free(history->path);
  free(history->text);
  json_decref(history->versions);
  history->path = history->text = NULL;
  history->versions = NULL;
}

static bool find(struct history *history, const struct options *options,
                 const char *folder, const char *scripts, struct od_error *error) {
  size_t found = KINDS, count = 0;
  for (size_t i = 0; i < KINDS; i++) {
    if (*folder && strcmp(folder, kinds[i].folder) != 0) continue;
    bool there = look(history, options, i, scripts, error);
    bool readable = history->versions != NULL;
    clear(history);
    if (!readable) return false;
    if (!there) continue;
    found = i;
    count++;
  }
  if (count == 0)
    return command_error(error, "no script '%s' is or was in %s", history->name, scripts);
  if (count > 1)
    return command_error(error,
                         "there are several named '%s': say flows/%s, or where "
                         "else it is",
                         history->name, history->name);
  return look(history, options, found, scripts, error);
}

bool history_read(struct history *history, const struct options *options,
                  const char *given, struct od_error *error) {
  char folder[16];
  struct od_config config = options_config(options);
  *history = (struct history){0};
  if (!split(history, given, folder, error)) return false;
  char *scripts = od_setting(&config, "scripts", error);
  bool found = scripts && find(history, options, folder, scripts, error);
  od_text_free(scripts);
  return found;
}

void history_free(struct history *history) {
  clear(history);
}

json_t *history_version(const struct history *history, const struct options *options,
                        const char *version, struct od_error *error) {
  struct od_config config = options_config(options);
  char *text = od_show_version(&config, history->kind, history->name, version, error);
  json_t *found = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
  od_text_free(text);
  return found;
}
