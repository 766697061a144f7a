#include "base/table.h"

#include "base/id.h"

#include <stdlib.h>

enum { FIRST_SIZE = 64 /* of slots; a power of two, as every later size */ };

/* FNV-1a. Nobody can crowd a chain: what is added has ids that the engine made. */
static uint32_t hash_of(const char *key) {
  uint32_t hash = 2166136261U;
  for (; *key; key++) hash = (hash ^ (unsigned char)*key) * 16777619U;
  return hash;
}

static struct table_entry **slot_of(struct table *table, uint32_t hash) {
  return table->slots ? &table->slots[hash & (table->size - 1)] : &table->chain;
}

static void push(struct table *table, struct table_entry *entry) {
  struct table_entry **slot = slot_of(table, entry->hash);
  entry->next = *slot;
  *slot = entry;
}

/* Moves a chain into the new slots from its end, so that the newest stays first. */
static void spread(struct table *table, struct table_entry *entry) {
  struct table_entry *reversed = NULL;
  for (struct table_entry *next; entry; entry = next) {
    next = entry->next;
    entry->next = reversed;
    reversed = entry;
  }
  for (struct table_entry *next; reversed; reversed = next) {
    next = reversed->next;
    push(table, reversed);
  }
}

/* Without memory for it the chains only get longer. */
static void grow(struct table *table) {
  struct table old = *table;
  size_t size = old.size ? old.size * 2 : FIRST_SIZE;
  struct table_entry **slots = calloc(size, sizeof(struct table_entry *));
  if (!slots) return;
  table->slots = slots;
  table->size = size;
  table->chain = NULL;
  spread(table, old.chain);
  for (size_t i = 0; i < old.size; i++) spread(table, old.slots[i]);
  free(old.slots);
}

void table_add(struct table *table, struct table_entry *entry, const char *key) {
  if (table->count >= table->size) grow(table);
  entry->key = key;
  entry->hash = hash_of(key);
  push(table, entry);
  table->count++;
}

void table_remove(struct table *table, struct table_entry *entry) {
  if (!entry->key) return;
  struct table_entry **link = slot_of(table, entry->hash);
  while (*link != entry) link = &(*link)->next;
  *link = entry->next;
  *entry = (struct table_entry){0};
  table->count--;
}

static struct table_entry *match(struct table_entry *entry, const char *key,
                                 uint32_t hash) {
  while (entry && !(entry->hash == hash && id_equal(entry->key, key)))
    entry = entry->next;
  return entry;
}

struct table_entry *table_find(const struct table *table, const char *key) {
  uint32_t hash = hash_of(key);
  return match(*slot_of((struct table *)table, hash), key, hash);
}

struct table_entry *table_next(const struct table_entry *entry) {
  return match(entry->next, entry->key, entry->hash);
}

void table_free(struct table *table) {
  free(table->slots);
  *table = (struct table){0};
}
