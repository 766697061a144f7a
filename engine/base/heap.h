/* Where memory comes from when it is not malloc. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>

struct heap {
  /* Makes, resizes (a block of old_size bytes) or, with size 0, frees. NULL: malloc. */
  void *(*resize)(void *context, void *block, size_t old_size, size_t size);
  void *context;
};

/* heap may be NULL: malloc. NULL, with the block as it was, when there is no memory, and
 * after freeing. */
void *heap_resize(const struct heap *heap, void *block, size_t old_size, size_t size);

#endif
