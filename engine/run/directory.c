#include "run/directory.h"

#include "run/call_record.h"

#include <string.h>

static struct call *owner(struct table_entry *entry, size_t offset) {
  return (struct call *)(void *)((char *)entry - offset);
}

static bool is_of(const struct call *call, const char *provider) {
  return strcmp(provider_name(call->provider), provider) == 0;
}

/* The newest with the key that the provider has, but own. */
static struct call *search(const struct table *table, const char *key, size_t offset,
                           const char *provider, const struct call *own) {
  struct table_entry *entry = table_find(table, key);
  for (; entry; entry = table_next(entry)) {
    struct call *call = owner(entry, offset);
    if (call != own && is_of(call, provider)) return call;
  }
  return NULL;
}

void directory_enter(struct directory *directory, struct call *call) {
  table_add(&directory->tokens, &call->entry.token, call->token);
  table_add(&directory->ids, &call->entry.id, call->id);
  directory_note_reference(directory, call);
}

void directory_leave(struct directory *directory, struct call *call) {
  table_remove(&directory->tokens, &call->entry.token);
  table_remove(&directory->ids, &call->entry.id);
  directory_forget_reference(directory, call);
}

void directory_forget_reference(struct directory *directory, struct call *call) {
  table_remove(&directory->references, &call->entry.reference);
}

void directory_note_reference(struct directory *directory, struct call *call) {
  if (call->reference && call->entry.id.key)
    table_add(&directory->references, &call->entry.reference, call->reference);
}

struct call *directory_of_token(const struct directory *directory, const char *token) {
  struct table_entry *entry = table_find(&directory->tokens, token);
  return entry ? owner(entry, offsetof(struct call, entry.token)) : NULL;
}

struct call *directory_of_id(const struct directory *directory, const char *provider,
                             const char *id) {
  return search(&directory->ids, id, offsetof(struct call, entry.id), provider, NULL);
}

struct call *directory_of_reference(const struct directory *directory,
                                    const char *provider, const char *reference) {
  return search(&directory->references, reference, offsetof(struct call, entry.reference),
                provider, NULL);
}

bool directory_has_other(const struct directory *directory, const struct call *own,
                         const char *reference) {
  return search(&directory->references, reference, offsetof(struct call, entry.reference),
                provider_name(own->provider), own) != NULL;
}

void directory_free(struct directory *directory) {
  table_free(&directory->tokens);
  table_free(&directory->ids);
  table_free(&directory->references);
}
