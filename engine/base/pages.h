/* Memory in pieces of one size that come and go: those given back serve the next who
 * asks, and beyond some that are kept ready their memory goes back to the system, where
 * malloc would hold on to it because of a few small blocks in between. */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

enum { PAGES_SIZE = 32 << 10 /* bytes of each */ };

struct pages;

/* NULL if out of memory. For one thread. */
struct pages *pages_new(void);

/* What comes back from now on waits for pages_free, which gives all of it to the system
 * at once. */
void pages_close(struct pages *pages);

/* All of its pages are back by then. */
void pages_free(struct pages *pages);

/* Aligned as malloc's. NULL if out of memory. */
void *pages_take(struct pages *pages);
void pages_give(struct pages *pages, void *page);

#endif
