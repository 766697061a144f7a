/* Commands that mend a file, ready to be pasted into a shell. */
#include "audio/audio.h"

#include "base/buffer.h"

#include <string.h>

static bool is_plain(char character) {
  return (character >= 'a' && character <= 'z') ||
         (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || strchr("/._-+,@:", character);
}

/* Between single quotes where a character could mean something to a shell. */
static void add_quoted(struct buffer *buffer, const char *text) {
  bool plain = *text != 0;
  for (const char *at = text; *at; at++) plain = plain && is_plain(*at);
  if (!plain) buffer_text(buffer, "'");
  for (; *text; text++)
    if (*text == '\'')
      buffer_text(buffer, "'\\''");
    else
      buffer_append(buffer, text, 1);
  if (!plain) buffer_text(buffer, "'");
}

/* A name that begins with a dash would be taken for an option. */
static void add_path(struct buffer *name, const char *path) {
  if (*path == '-') buffer_text(name, "./");
}

static void add_word(struct buffer *buffer, const char *word, size_t length,
                     const char *path) {
  const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
  bool has_ending = dot && dot != path && (!slash || dot > slash + 1);
  size_t stem = has_ending ? (size_t)(dot - path) : strlen(path);
  struct buffer name = {0};
  add_path(&name, path);
  if (length == 2 && memcmp(word, "IN", 2) == 0) {
    buffer_text(&name, path);
  } else if (length > 3 && memcmp(word, "OUT", 3) == 0) {
    buffer_append(&name, path, stem);
    buffer_text(&name, "-mended");
    buffer_append(&name, word + 3, length - 3);
  } else if (length > 4 && memcmp(word, "STEM", 4) == 0) {
    buffer_append(&name, path, stem);
    buffer_append(&name, word + 4, length - 4);
  } else {
    buffer_append(buffer, word, length);
    buffer_free(&name);
    return;
  }
  add_quoted(buffer, buffer_string(&name));
  buffer_free(&name);
}

bool audio_mend(const char *mend, const char *path, struct buffer *buffer) {
  while (*mend) {
    size_t length = strcspn(mend, " ");
    add_word(buffer, mend, length, path);
    mend += length;
    if (*mend) buffer_append(buffer, mend++, 1);
  }
  return !buffer->failed;
}
