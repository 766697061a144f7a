/* Finds things by a text, however many there are: a hash table of entries that live in
 * the things themselves, so that adding one needs no memory and cannot fail. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Part of the thing that is to be found. Zero it. */
struct table_entry {
  struct table_entry *next;
  const char *key; /* NULL: it is in no table */
  uint32_t hash;
};

/* Zeroed it is empty. */
struct table {
  struct table_entry **slots; /* size of them; NULL: all are in one chain */
  struct table_entry *chain;
  size_t size, count;
};

/* The key is borrowed: it must neither change nor go before the entry is removed. Several
 * may have the same. */
void table_add(struct table *table, struct table_entry *entry, const char *key);

/* Does nothing when the entry is in no table. */
void table_remove(struct table *table, struct table_entry *entry);

/* The newest entry with the key, or NULL; then the next older one. Keys are compared in
 * constant time, since some are secrets. */
struct table_entry *table_find(const struct table *table, const char *key);
struct table_entry *table_next(const struct table_entry *entry);

/* Leaves the entries alone, which belong to others. */
void table_free(struct table *table);

/* The thing that has the entry as this member. */
#define table_owner(entry, type, member)                                                 \
  ((type *)(void *)((char *)(entry)-offsetof(type, member)))

#endif
