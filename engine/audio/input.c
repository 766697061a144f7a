#include "audio/input.h"

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

static bool measure(struct input *input, struct error *error) {
  struct stat status;
  if (fstat(input->file, &status) != 0) return opening_failed(error);
  if (S_ISDIR(status.st_mode))
    return error_set(error, "not_a_file", "it is a folder; name the files in it");
  if (!S_ISREG(status.st_mode))
    return error_set(error, "not_a_file",
                     "it is a pipe or a device; write the audio to a file first");
  input->size = (uint64_t)status.st_size;
  return true;
}

bool input_open(struct input *input, const char *path, struct error *error) {
  *input = (struct input){.file = -1};
  /* O_NONBLOCK: opening a pipe without a writer must not hang. */
  input->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (input->file < 0) return opening_failed(error);
  if (!measure(input, error)) goto fail;
  input->window = malloc(INPUT_WINDOW);
  if (input->window) return true;
  error_set(error, "memory", "out of memory while opening it; try again later");
fail:
  input_close(input);
  return false;
}

void input_borrow(struct input *input, const void *bytes, size_t length) {
  *input = (struct input){.size = length, .bytes = bytes, .file = -1};
}

void input_close(struct input *input) {
  free(input->window);
  if (input->file >= 0 && !input->shared) close(input->file);
  *input = (struct input){.file = -1};
}

bool input_share(const struct input *input, struct input *share) {
  *share = (struct input){
      .size = input->size, .bytes = input->bytes, .file = input->file, .shared = true};
  if (share->bytes) return true;
  share->window = malloc(INPUT_WINDOW);
  return share->window != NULL;
}

static size_t read_file(struct input *input, uint64_t offset, void *to, size_t length) {
  size_t got = 0;
  while (got < length) {
    ssize_t n = pread(input->file, (char *)to + got, length - got, (off_t)(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      input->failed = true;
      break;
    }
    got += (size_t)n;
  }
  return got;
}

static size_t available(const struct input *input, uint64_t offset, size_t length) {
  if (offset >= input->size) return 0;
  uint64_t rest = input->size - offset;
  return rest < length ? (size_t)rest : length;
}

static bool in_window(const struct input *input, uint64_t offset, size_t length) {
  return offset >= input->window_start &&
         offset + length <= input->window_start + input->window_length;
}

const unsigned char *input_view(struct input *input, uint64_t offset, size_t length) {
  if (length > INPUT_WINDOW || available(input, offset, length) < length) return NULL;
  if (input->bytes) return input->bytes + offset;
  if (in_window(input, offset, length))
    return input->window + (offset - input->window_start);
  size_t wanted = available(input, offset, INPUT_WINDOW);
  input->window_start = offset;
  input->window_length = read_file(input, offset, input->window, wanted);
  return input->window_length >= length ? input->window : NULL;
}

size_t input_read(struct input *input, uint64_t offset, void *to, size_t length) {
  length = available(input, offset, length);
  if (length == 0) return 0;
  if (input->bytes) {
    memcpy(to, input->bytes + offset, length);
    return length;
  }
  if (length > INPUT_WINDOW) return read_file(input, offset, to, length);
  const unsigned char *view = input_view(input, offset, length);
  if (!view) return 0;
  memcpy(to, view, length);
  return length;
}
