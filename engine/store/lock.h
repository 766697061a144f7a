/* Keeps a second engine off a store's file. A file of its own beside it, because closing
 * any descriptor of the store's file would drop the locks SQLite itself holds there. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/error.h"

struct lock;

/* Takes the lock of the store at path without waiting. NULL with *error ("store") when
 * another engine holds it, in this process or any other, or it can't be taken. */
struct lock *lock_take(const char *path, struct error *error);

/* Gives the lock back and frees; NULL does nothing. */
void lock_release(struct lock *lock);

#endif
