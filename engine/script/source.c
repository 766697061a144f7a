#include "script/source.h"

#include "base/buffer.h"
#include "script/utf8.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const folders[] = {"flows", "providers", "lib"};
static const char *const nouns[] = {"flow", "provider", "module"};
static const char suffix[] = ".lua";

const char *source_folder(enum source_kind kind) {
  return folders[kind];
}

const char *source_noun(enum source_kind kind) {
  return nouns[kind];
}

static size_t name_span(const char *text) {
  size_t length = 0;
  while (isalnum((unsigned char)text[length]) ||
         (text[length] && strchr("_-", text[length])))
    length++;
  return length;
}

static bool is_name(const char *text) {
  size_t length = name_span(text);
  return length > 0 && length < SOURCE_NAME_SIZE && text[length] == '\0';
}

static bool is_file_name(const char *text) {
  size_t length = name_span(text);
  return length > 0 && length < SOURCE_NAME_SIZE && strcmp(text + length, suffix) == 0;
}

bool source_is_file(const char *file, char name[SOURCE_NAME_SIZE]) {
  static const char spec[] = "_spec.lua";
  size_t length = strlen(file), tail = sizeof spec - 1;
  bool is_spec = length >= tail && strcmp(file + length - tail, spec) == 0;
  if (is_spec || !is_file_name(file)) return false;
  snprintf(name, SOURCE_NAME_SIZE, "%.*s", (int)name_span(file), file);
  return true;
}

static bool ends_in_suffix(const char *text) {
  size_t length = strlen(text), tail = strlen(suffix);
  return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

void source_free(struct source *source) {
  free(source->path);
  free(source->text);
  *source = (struct source){0};
}

bool source_copy(struct source *copy, const struct source *source) {
  *copy = *source;
  copy->path = strdup(source->path);
  copy->text = strdup(source->text);
  if (copy->path && copy->text) return true;
  source_free(copy);
  return false;
}

/* Opens without waiting (it may be a pipe) and without following a link. */
static int open_file(const char *real, const char *shown, struct error *error) {
  int file = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0)
    error_set(error, errno == ENOENT ? "missing" : "script", "cannot read %s: %s", shown,
              strerror(errno));
  return file;
}

static bool check_kind(int file, const char *shown, struct error *error) {
  struct stat about;
  if (fstat(file, &about) != 0)
    return error_set(error, "script", "cannot read %s: %s", shown, strerror(errno));
  if (S_ISDIR(about.st_mode))
    return error_set(error, "script", "%s is a folder, not a script", shown);
  if (!S_ISREG(about.st_mode))
    return error_set(error, "script", "%s is not a regular file", shown);
  if (about.st_size > SOURCE_LIMIT)
    return error_set(error, "script", "%s has %lld bytes; a script may have %d", shown,
                     (long long)about.st_size, SOURCE_LIMIT);
  return true;
}

/* The file may grow meanwhile: the limit holds for what is read. */
static bool read_all(int file, const char *shown, struct buffer *text,
                     struct error *error) {
  char piece[8192];
  for (;;) {
    ssize_t got = read(file, piece, sizeof piece);
    if (got == 0) return true;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return error_set(error, "script", "cannot read %s: %s", shown, strerror(errno));
    if (!buffer_append(text, piece, (size_t)got))
      return error_set(error, "script", "%s has more than the %d bytes a script may have",
                       shown, SOURCE_LIMIT);
  }
}

static int line_of(const char *text, size_t at) {
  int line = 1;
  while (at-- > 0) line += text[at] == '\n';
  return line;
}

/* A run's text is told of and taken from the store in JSON, which is UTF-8. */
static bool check_text(const struct buffer *text, const char *shown,
                       struct error *error) {
  if (text->length && text->data[0] == '\x1b')
    return error_set(error, "script", "%s is compiled Lua; scripts are kept as text",
                     shown);
  const char *nul = text->length ? memchr(text->data, '\0', text->length) : NULL;
  if (nul)
    return error_set(error, "script", "%s is not a text: byte %zu is NUL", shown,
                     (size_t)(nul - text->data) + 1);
  size_t valid = utf8_span(text->data, text->length);
  if (valid < text->length)
    return error_set(error, "script", "%s:%d: not UTF-8; save the file as UTF-8", shown,
                     line_of(text->data, valid));
  return true;
}

/* "scripts/flows/pin.lua" is the script "pin". */
static bool set_name(struct source *source, const char *shown, struct error *error) {
  const char *slash = strrchr(shown, '/');
  const char *base = slash ? slash + 1 : shown;
  if (!is_file_name(base))
    return error_set(
        error, "script",
        "%s: a script's file is named with letters, digits, '_' and '-', and "
        "ends in .lua",
        shown);
  snprintf(source->name, sizeof source->name, "%.*s", (int)name_span(base), base);
  return true;
}

/* Windows editors begin a text with a byte order mark, which Lua does not know. */
static void drop_mark(struct buffer *text) {
  static const char mark[] = "\xef\xbb\xbf";
  if (text->length < 3 || memcmp(text->data, mark, 3) != 0) return;
  text->length -= 3;
  memmove(text->data, text->data + 3, text->length + 1);
}

static bool fill(struct source *source, const char *shown, struct buffer *text,
                 struct error *error) {
  drop_mark(text);
  if (!check_text(text, shown, error) || !set_name(source, shown, error)) return false;
  source->path = strdup(shown);
  source->text = text->data ? text->data : strdup("");
  source->length = text->length;
  *text = (struct buffer){0};
  if (!source->path || !source->text)
    return error_set(error, "memory", "out of memory while reading %s", shown);
  id_digest(source->text, source->length, source->hash);
  return true;
}

static bool read_real(const char *real, const char *shown, struct source *source,
                      struct error *error) {
  struct buffer text = {.limit = SOURCE_LIMIT};
  *source = (struct source){0};
  int file = open_file(real, shown, error);
  if (file < 0) return false;
  bool read = check_kind(file, shown, error) && read_all(file, shown, &text, error) &&
              fill(source, shown, &text, error);
  close(file);
  buffer_free(&text);
  if (!read) source_free(source);
  return read;
}

/* What a link leads to is found first, so that only a link put there in between is
 * refused by open_file. */
bool source_read(const char *path, struct source *source, struct error *error) {
  char real[PATH_MAX];
  *source = (struct source){0};
  if (!realpath(path, real))
    return error_set(error, errno == ENOENT ? "missing" : "script", "cannot read %s: %s",
                     path, strerror(errno));
  return read_real(real, path, source, error);
}

bool source_take(const char *path, const char *text, struct source *source,
                 struct error *error) {
  struct buffer copy = {.limit = SOURCE_LIMIT};
  *source = (struct source){0};
  bool taken = buffer_text(&copy, text)
                   ? fill(source, path, &copy, error)
                   : error_set(error, "script",
                               "%s has more than the %d bytes a script "
                               "may have",
                               path, SOURCE_LIMIT);
  buffer_free(&copy);
  if (!taken) source_free(source);
  return taken;
}

static bool is_inside(const char *real, const char *folder) {
  char real_folder[PATH_MAX];
  if (!realpath(folder, real_folder)) return false;
  size_t length = strlen(real_folder);
  if (strcmp(real_folder, "/") == 0) return true;
  return strncmp(real, real_folder, length) == 0 && real[length] == '/';
}

static bool refuse_missing(const char *folder, enum source_kind kind, const char *name,
                           struct error *error) {
  struct buffer list = {.limit = 300};
  char **names = source_list(folder, kind);
  for (char **each = names; each && *each; each++)
    buffer_printf(&list, "%s%s", list.length ? ", " : "", *each);
  if (list.length)
    error_set(error, "missing", "no %s '%s' in %s/%s; there are: %s%s", nouns[kind], name,
              folder, folders[kind], list.data, list.failed ? " …" : "");
  else
    error_set(error, "missing", "no %s '%s' in %s/%s, which has no scripts", nouns[kind],
              name, folder, folders[kind]);
  source_list_free(names);
  buffer_free(&list);
  return false;
}

bool source_read_in(const char *folder, const char *path, struct source *source,
                    struct error *error) {
  char real[PATH_MAX];
  *source = (struct source){0};
  if (!realpath(path, real))
    return error_set(error, errno == ENOENT ? "missing" : "script", "cannot read %s: %s",
                     path, strerror(errno));
  if (!is_inside(real, folder))
    return error_set(error, "script", "%s is a link to %s, outside of the scripts folder",
                     path, real);
  return read_real(real, path, source, error);
}

static bool find_named(const char *folder, enum source_kind kind, const char *name,
                       struct source *source, struct error *error) {
  char path[PATH_MAX];
  int length = snprintf(path, sizeof path, "%s/%s/%s.lua", folder, folders[kind], name);
  if (length < 0 || (size_t)length >= sizeof path)
    return error_set(error, "script", "the path of the scripts folder is too long");
  struct stat about;
  if (lstat(path, &about) != 0 && errno == ENOENT)
    return refuse_missing(folder, kind, name, error);
  return source_read_in(folder, path, source, error);
}

bool source_find(const char *folder, enum source_kind kind, const char *name,
                 struct source *source, struct error *error) {
  *source = (struct source){0};
  if (strchr(name, '/') || ends_in_suffix(name)) return source_read(name, source, error);
  if (!is_name(name))
    return error_set(error, "script",
                     "'%.80s' is not a %s's name: letters, digits, '_' and '-' only",
                     name, nouns[kind]);
  return find_named(folder, kind, name, source, error);
}

static int compare_names(const void *left, const void *right) {
  return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool add_name(char ***names, size_t *count, const char *name) {
  char **more = realloc(*names, (*count + 2) * sizeof **names);
  if (!more) return false;
  *names = more;
  more[*count] = strdup(name);
  if (!more[*count]) return false;
  more[++*count] = NULL;
  return true;
}

char **source_list(const char *folder, enum source_kind kind) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", folder, folders[kind]);
  DIR *directory = opendir(path);
  if (!directory) return NULL;
  char **names = calloc(1, sizeof *names);
  size_t count = 0;
  char name[SOURCE_NAME_SIZE];
  bool whole = names != NULL;
  for (const struct dirent *entry; whole && (entry = readdir(directory));)
    if (source_is_file(entry->d_name, name)) whole = add_name(&names, &count, name);
  closedir(directory);
  if (whole) {
    qsort(names, count, sizeof *names, compare_names);
    return names;
  }
  source_list_free(names);
  return NULL;
}

void source_list_free(char **names) {
  for (char **each = names; each && *each; each++) free(*each);
  free(names);
}
