/* The bytes under examination, from a file or from memory, read where they are asked for.
 */
#ifndef AUDIO_INPUT_H
#define AUDIO_INPUT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INPUT_WINDOW = 64 * 1024 }; /* bytes kept of a file; most a view can span */

struct input {
  uint64_t size;
  const unsigned char *bytes; /* the memory, or NULL for a file */
  int file;                   /* -1 for memory */
  bool shared;                /* another input closes the file */
  unsigned char *window;      /* what was read last of the file … */
  uint64_t window_start;      /* … and from where */
  size_t window_length;
  bool failed; /* the file could not be read, or shrank while being read */
};

/* Opens a regular file. On failure *input is empty, and input_close may still be
 * called. Error codes: not_found, not_allowed, not_a_file, unreadable, memory. */
bool input_open(struct input *input, const char *path, struct error *error);

/* Borrows the bytes until input_close. */
void input_borrow(struct input *input, const void *bytes, size_t length);
void input_close(struct input *input);

/* Makes *share a second reader of the same bytes, for another thread; `input` must
 * outlive it. False if out of memory. */
bool input_share(const struct input *input, struct input *share);

/* `length` bytes at `offset`, valid until the next call; NULL if they are not all there
 * or are more than INPUT_WINDOW. */
const unsigned char *input_view(struct input *input, uint64_t offset, size_t length);

/* Copies up to `length` bytes; returns how many there were. */
size_t input_read(struct input *input, uint64_t offset, void *to, size_t length);

#endif
