/* One good version of a script: its text with the modules it goes with, as one set. */
#ifndef SCRIPT_RELEASE_H
#define SCRIPT_RELEASE_H

#include "script/source.h"

#include <jansson.h>

struct release;

/* Copies the source. Held once; NULL if out of memory. One thread at a time. */
struct release *release_new(enum source_kind kind, const struct source *source);
struct release *release_hold(struct release *release);
void release_drop(struct release *release); /* NULL does nothing */

/* Adds a module (copied) unless it is there. False if out of memory. */
bool release_add(struct release *release, const struct source *module);

/* Whether the text with these modules was examined and found good, for every run. */
void release_pass(struct release *release);
bool release_has_passed(const struct release *release);

enum source_kind release_kind(const struct release *release);
const struct source *release_source(const struct release *release);

/* The module of that name, or NULL. */
const struct source *release_module(const struct release *release, const char *name);

/* Calls each with every module. */
typedef void (*release_each_fn)(void *context, const struct source *module);
void release_each(const struct release *release, release_each_fn each, void *context);

/* {"hours": "hash"} of its modules; NULL if out of memory. */
json_t *release_manifest(const struct release *release);

/* Whether text and modules are the same. */
bool release_equal(const struct release *one, const struct release *other);

#endif
