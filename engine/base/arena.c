#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
  GRAIN = 16, /* bytes: sizes up to SMALL are rounded up to a multiple of it */
  SMALL = 1024,
  BIG = PAGES_SIZE / 4, /* up to here to a power of two; above, malloc is asked */
  SMALL_CLASSES = SMALL / GRAIN,
  CLASSES = SMALL_CLASSES + 1 + 3,
};

struct block {
  struct block *next;
};

/* A block of malloc's, behind what chains it to the others. */
struct large {
  struct large *next, **link;
};

struct arena {
  struct block page; /* its own page, and the others behind it */
  struct pages *pages;
  char *next, *end; /* what is left of the newest page */
  struct large *larges;
  struct block *free[CLASSES]; /* given back, by class */
};

_Static_assert(sizeof(struct large) % GRAIN == 0, "what follows must be aligned");
_Static_assert(SMALL << 3 == BIG, "a class for each power of two up to it");

struct arena *arena_new(struct pages *pages) {
  struct arena *arena = pages_take(pages);
  if (!arena) return NULL;
  memset(arena, 0, sizeof *arena);
  arena->pages = pages;
  arena->next = (char *)arena + (sizeof *arena + GRAIN - 1) / GRAIN * GRAIN;
  arena->end = (char *)arena + PAGES_SIZE;
  return arena;
}

void arena_free(struct arena *arena) {
  for (struct large *large = arena->larges, *next; large; large = next) {
    next = large->next;
    free(large);
  }
  struct pages *pages = arena->pages;
  for (struct block *page = &arena->page, *next; page; page = next) {
    next = page->next;
    pages_give(pages, page);
  }
}

static size_t class_of(size_t size) {
  if (size <= SMALL) return (size + GRAIN - 1) / GRAIN;
  return SMALL_CLASSES + (size <= SMALL << 1 ? 1 : size <= SMALL << 2 ? 2 : 3);
}

static size_t size_of(size_t class) {
  if (class <= SMALL_CLASSES) return class * GRAIN;
  return (size_t)SMALL << (class - SMALL_CLASSES);
}

/* What was left of the page before is given up. */
static bool add_page(struct arena *arena) {
  struct block *page = pages_take(arena->pages);
  if (!page) return false;
  page->next = arena->page.next;
  arena->page.next = page;
  arena->next = (char *)page + GRAIN;
  arena->end = (char *)page + PAGES_SIZE;
  return true;
}

static void *take(struct arena *arena, size_t class) {
  struct block *block = arena->free[class];
  if (block) {
    arena->free[class] = block->next;
    return block;
  }
  size_t size = size_of(class);
  if ((size_t)(arena->end - arena->next) < size && !add_page(arena)) return NULL;
  void *fresh = arena->next;
  arena->next += size;
  return fresh;
}

static void give(struct arena *arena, void *memory, size_t class) {
  struct block *block = memory;
  block->next = arena->free[class];
  arena->free[class] = block;
}

/* --- what malloc has --- */

static void chain(struct arena *arena, struct large *large) {
  large->next = arena->larges;
  large->link = &arena->larges;
  if (large->next) large->next->link = &large->next;
  arena->larges = large;
}

static void unchain(struct large *large) {
  *large->link = large->next;
  if (large->next) large->next->link = large->link;
}

static void *take_large(struct arena *arena, size_t size) {
  if (size > SIZE_MAX - sizeof(struct large)) return NULL;
  struct large *large = malloc(sizeof *large + size);
  if (!large) return NULL;
  chain(arena, large);
  return large + 1;
}

static void *resize_large(struct arena *arena, void *block, size_t size) {
  struct large *large = (struct large *)block - 1;
  if (size > SIZE_MAX - sizeof *large) return NULL;
  unchain(large);
  struct large *moved = realloc(large, sizeof *large + size);
  chain(arena, moved ? moved : large);
  return moved ? moved + 1 : NULL;
}

/* --- any --- */

static void *make(struct arena *arena, size_t size) {
  return size > BIG ? take_large(arena, size) : take(arena, class_of(size));
}

static void drop(struct arena *arena, void *block, size_t size) {
  if (size <= BIG) {
    give(arena, block, class_of(size));
    return;
  }
  struct large *large = (struct large *)block - 1;
  unchain(large);
  free(large);
}

static void *move(struct arena *arena, void *block, size_t old_size, size_t size) {
  if (old_size > BIG && size > BIG) return resize_large(arena, block, size);
  bool fits = old_size <= BIG && size <= BIG && class_of(old_size) == class_of(size);
  if (fits) return block;
  void *moved = make(arena, size);
  if (!moved) return NULL;
  memcpy(moved, block, old_size < size ? old_size : size);
  drop(arena, block, old_size);
  return moved;
}

void *arena_resize(void *context, void *block, size_t old_size, size_t size) {
  struct arena *arena = context;
  if (block && size) return move(arena, block, old_size, size);
  if (size) return make(arena, size);
  if (block) drop(arena, block, old_size);
  return NULL;
}
