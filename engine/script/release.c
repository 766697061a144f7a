#include "script/release.h"

#include <stdlib.h>
#include <string.h>

struct module {
  struct module *next;
  struct source source;
};

struct release {
  size_t holders;
  enum source_kind kind;
  struct source source;
  struct module *modules;
  bool passed;
};

struct release *release_new(enum source_kind kind, const struct source *source) {
  struct release *release = calloc(1, sizeof *release);
  if (!release) return NULL;
  release->holders = 1;
  release->kind = kind;
  if (source_copy(&release->source, source)) return release;
  free(release);
  return NULL;
}

struct release *release_hold(struct release *release) {
  release->holders++;
  return release;
}

void release_drop(struct release *release) {
  if (!release || --release->holders) return;
  for (struct module *module = release->modules, *next; module; module = next) {
    next = module->next;
    source_free(&module->source);
    free(module);
  }
  source_free(&release->source);
  free(release);
}

bool release_add(struct release *release, const struct source *source) {
  if (release_module(release, source->name)) return true;
  struct module *module = calloc(1, sizeof *module);
  if (!module) return false;
  if (!source_copy(&module->source, source)) {
    free(module);
    return false;
  }
  module->next = release->modules;
  release->modules = module;
  return true;
}

void release_pass(struct release *release) {
  release->passed = true;
}

bool release_has_passed(const struct release *release) {
  return release->passed;
}

enum source_kind release_kind(const struct release *release) {
  return release->kind;
}

const struct source *release_source(const struct release *release) {
  return &release->source;
}

const struct source *release_module(const struct release *release, const char *name) {
  const struct module *module = release->modules;
  while (module && strcmp(module->source.name, name) != 0) module = module->next;
  return module ? &module->source : NULL;
}

void release_each(const struct release *release, release_each_fn each, void *context) {
  const struct module *module = release->modules;
  for (; module; module = module->next) each(context, &module->source);
}

static void note_hash(void *context, const struct source *module) {
  json_object_set_new(context, module->name, json_string(module->hash));
}

json_t *release_manifest(const struct release *release) {
  json_t *manifest = json_object();
  if (manifest) release_each(release, note_hash, manifest);
  return manifest;
}

bool release_equal(const struct release *one, const struct release *other) {
  if (strcmp(one->source.hash, other->source.hash) != 0) return false;
  json_t *left = release_manifest(one), *right = release_manifest(other);
  bool equal = left && right && json_equal(left, right);
  json_decref(left);
  json_decref(right);
  return equal;
}
