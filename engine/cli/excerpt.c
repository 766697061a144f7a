#include "cli/excerpt.h"

#include "cli/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 20, GUTTER = 6 };

char *excerpt_line(const char *text, int line) {
  for (; text && line > 1; line--) {
    text = strchr(text, '\n');
    if (text) text++;
  }
  if (!text || line < 1 || !*text) return NULL;
  size_t length = strcspn(text, "\r\n");
  while (length > 0 && strchr(" \t", text[length - 1])) length--;
  return length > 0 ? strndup(text, length) : NULL;
}

char *excerpt_read(const char *path, int line) {
  FILE *file = line > 0 ? fopen(path, "r") : NULL;
  char *text = file ? calloc(1, FILE_LIMIT + 1) : NULL, *found = NULL;
  if (text && fread(text, 1, FILE_LIMIT, file) > 0) found = excerpt_line(text, line);
  free(text);
  if (file) fclose(file);
  return found;
}

int excerpt_place(const char *message, char *file, size_t size) {
  static const char suffix[] = ".lua:";
  const char *end = strstr(message, suffix), *colon = strchr(message, ':');
  if (!end || colon != end + sizeof suffix - 2) return 0;
  char *rest;
  long line = strtol(colon + 1, &rest, 10);
  if (*rest != ':' || line <= 0 || line > INT_MAX) return 0;
  snprintf(file, size, "%.*s", (int)(colon - message), message);
  return (int)line;
}

static bool is_word(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

/* Where a word stands by itself. */
static const char *find_word(const char *text, const char *word, size_t length) {
  for (const char *at = text; (at = memmem(at, strlen(at), word, length)); at++) {
    bool joined = is_word(*word) && at > text && is_word(at[-1]);
    bool goes_on = is_word(word[length - 1]) && is_word(at[length]);
    if (!joined && !goes_on) return at;
  }
  return NULL;
}

/* The first thing that the message has in quotes and the line has too. */
static const char *find_named(const char *text, const char *message, size_t *length) {
  for (const char *open = strchr(message, '\''); open; open = strchr(open + 1, '\'')) {
    const char *close = strchr(open + 1, '\'');
    *length = close ? (size_t)(close - open - 1) : 0;
    const char *found = *length ? find_word(text, open + 1, *length) : NULL;
    if (found) return found;
  }
  return NULL;
}

static void put_gutter(FILE *out, const struct style *style, int line) {
  fputs(style_begin(style, TONE_DIM), out);
  if (line > 0)
    fprintf(out, "%*d", GUTTER, line);
  else
    fprintf(out, "%*s", GUTTER, "");
  fprintf(out, " |%s ", style_end(style, TONE_DIM));
}

static void put_mark(FILE *out, const struct style *style, const char *text,
                     const char *found, size_t length) {
  char *before = strndup(text, (size_t)(found - text));
  char *named = strndup(found, length);
  unsigned skip = before ? text_columns(before) : 0;
  unsigned columns = named ? text_columns(named) : 1;
  put_gutter(out, style, 0);
  fprintf(out, "%*s%s", (int)skip, "", style_begin(style, TONE_RED));
  while (columns-- > 0) fputc('^', out);
  fprintf(out, "%s\n", style_end(style, TONE_RED));
  free(before);
  free(named);
}

void excerpt_print(FILE *out, const struct style *style, int line, const char *text,
                   const char *message) {
  char *clean = text_clean(text, style->unicode);
  size_t length = 0;
  if (!clean) return;
  const char *found = find_named(clean, message, &length);
  put_gutter(out, style, line);
  fprintf(out, "%s\n", clean);
  if (found) put_mark(out, style, clean, found, length);
  free(clean);
}
