#include "base/pages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
  SLAB = 128,  /* pages that are asked of the system at once */
  READY = 256, /* free pages that keep their memory */
};

/* A slab's address space is kept to the end, its memory is not. */
struct pages {
  void **slabs;
  size_t slab_count;
  void **free; /* the system's first, then those that are ready; room for every page */
  size_t count, ready;
  bool closing;
};

struct pages *pages_new(void) {
  return calloc(1, sizeof(struct pages));
}

void pages_close(struct pages *pages) {
  pages->closing = true;
}

void pages_free(struct pages *pages) {
  if (!pages) return;
  for (size_t i = 0; i < pages->slab_count; i++)
    munmap(pages->slabs[i], (size_t)SLAB * PAGES_SIZE);
  free(pages->slabs);
  free(pages->free);
  free(pages);
}

static bool make_room(struct pages *pages) {
  size_t slabs = pages->slab_count + 1;
  void **more = realloc(pages->slabs, slabs * sizeof *more);
  if (more) pages->slabs = more;
  void **places = more ? realloc(pages->free, slabs * SLAB * sizeof *places) : NULL;
  if (places) pages->free = places;
  return places != NULL;
}

/* Only asked for when nothing is free. */
static bool add_slab(struct pages *pages) {
  size_t size = (size_t)SLAB * PAGES_SIZE;
  if (!make_room(pages)) return false;
  char *slab = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (slab == MAP_FAILED) return false;
  madvise(slab, size, MADV_NOHUGEPAGE); /* a part of it must be able to go */
  pages->slabs[pages->slab_count++] = slab;
  for (size_t i = SLAB; i > 0; i--)
    pages->free[pages->count++] = slab + (i - 1) * PAGES_SIZE;
  return true;
}

void *pages_take(struct pages *pages) {
  if (!pages->count && !add_slab(pages)) return NULL;
  if (pages->ready) pages->ready--;
  return pages->free[--pages->count];
}

void pages_give(struct pages *pages, void *page) {
  size_t first_ready = pages->count - pages->ready;
  pages->free[pages->count++] = page;
  if (pages->closing || pages->ready < READY) {
    pages->ready++;
    return;
  }
  madvise(page, PAGES_SIZE, MADV_DONTNEED);
  pages->free[pages->count - 1] = pages->free[first_ready];
  pages->free[first_ready] = page;
}
