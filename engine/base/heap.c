#include "base/heap.h"

#include <stdlib.h>

void *heap_resize(const struct heap *heap, void *block, size_t old_size, size_t size) {
  if (heap && heap->resize) return heap->resize(heap->context, block, old_size, size);
  if (size) return realloc(block, size);
  free(block);
  return NULL;
}
