#include "audio/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool opening_failed(struct error *error) {
  switch (errno) {
  case ENOENT:
  case ENOTDIR:
    return error_set(error, "not_found", "there is no such file; check the path");
  case EACCES:
  case EPERM:
    return error_set(error, "not_allowed", "no permission to read it; check its owner");
  default:
    return error_set(error, "unreadable", "it can't be opened: %s", strerror(errno));
  }
}

static bool measure(struct source *source, struct error *error) {
  struct stat status;
  if (fstat(source->file, &status) != 0) return opening_failed(error);
  if (S_ISDIR(status.st_mode))
    return error_set(error, "not_a_file", "it is a folder; name the files in it");
  if (!S_ISREG(status.st_mode))
    return error_set(error, "not_a_file",
                     "it is a pipe or a device; write the audio to a file first");
  source->size = (uint64_t)status.st_size;
  return true;
}

bool input_open(struct source *source, const char *path, struct error *error) {
  *source = (struct source){.file = -1};
  /* O_NONBLOCK: opening a pipe without a writer must not hang. */
  source->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (source->file < 0) return opening_failed(error);
  if (!measure(source, error)) goto fail;
  source->window = malloc(SOURCE_WINDOW);
  if (source->window) return true;
  error_set(error, "memory", "out of memory while opening it; try again later");
fail:
  input_close(source);
  return false;
}

void input_borrow(struct source *source, const void *bytes, size_t length) {
  *source = (struct source){.size = length, .bytes = bytes, .file = -1};
}

void input_close(struct source *source) {
  free(source->window);
  if (source->file >= 0) close(source->file);
  *source = (struct source){.file = -1};
}

static size_t read_file(struct source *source, uint64_t offset, void *to, size_t length) {
  size_t got = 0;
  while (got < length) {
    ssize_t n =
        pread(source->file, (char *)to + got, length - got, (off_t)(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      source->failed = true;
      break;
    }
    got += (size_t)n;
  }
  return got;
}

static size_t available(const struct source *source, uint64_t offset, size_t length) {
  if (offset >= source->size) return 0;
  uint64_t rest = source->size - offset;
  return rest < length ? (size_t)rest : length;
}

static bool in_window(const struct source *source, uint64_t offset, size_t length) {
  return offset >= source->window_start &&
         offset + length <= source->window_start + source->window_length;
}

const unsigned char *input_view(struct source *source, uint64_t offset, size_t length) {
  if (length > SOURCE_WINDOW || available(source, offset, length) < length) return NULL;
  if (source->bytes) return source->bytes + offset;
  if (in_window(source, offset, length))
    return source->window + (offset - source->window_start);
  size_t wanted = available(source, offset, SOURCE_WINDOW);
  source->window_start = offset;
  source->window_length = read_file(source, offset, source->window, wanted);
  return source->window_length >= length ? source->window : NULL;
}

size_t input_read(struct source *source, uint64_t offset, void *to, size_t length) {
  length = available(source, offset, length);
  if (length == 0) return 0;
  if (source->bytes) {
    memcpy(to, source->bytes + offset, length);
    return length;
  }
  if (length > SOURCE_WINDOW) return read_file(source, offset, to, length);
  const unsigned char *view = input_view(source, offset, length);
  if (!view) return 0;
  memcpy(to, view, length);
  return length;
}
