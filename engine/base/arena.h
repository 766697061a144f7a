/* The memory of one thing that is made of thousands of small blocks and goes as a whole:
 * a block costs a few instructions, and the end of them all a few more. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/pages.h"

struct arena;

/* From the pages, which must outlive it; NULL if out of memory. */
struct arena *arena_new(struct pages *pages);

/* With all of its blocks. */
void arena_free(struct arena *arena);

/* As a heap's resize; context is the arena. A block that shrinks may move. */
void *arena_resize(void *context, void *block, size_t old_size, size_t size);

#endif
