/* A script's text: found, read whole, hashed. */
#ifndef SCRIPT_SOURCE_H
#define SCRIPT_SOURCE_H

#include "base/error.h"
#include "base/id.h"

#include <stdbool.h>
#include <stddef.h>

enum { SOURCE_LIMIT = 1 << 20, SOURCE_NAME_SIZE = 64 };

struct source {
  char name[SOURCE_NAME_SIZE]; /* "pin" */
  char *path;                  /* as shown to people */
  char *text;
  size_t length;
  char hash[ID_DIGEST_SIZE]; /* SHA-256 of text */
};

enum source_kind { SOURCE_FLOW, SOURCE_PROVIDER, SOURCE_MODULE };

/* "flows", "providers", "lib": the part of a scripts folder where they are; and "flow",
 * "provider", "module". */
const char *source_folder(enum source_kind kind);
const char *source_noun(enum source_kind kind);

/* Finds a script by name in folder/flows, folder/providers or folder/lib, or, if the name
 * has a slash or ends in .lua, by path; reads it. Refused: names not matching [%w_-]+, no
 * such file (the message lists the names there are), more than SOURCE_LIMIT bytes, a NUL
 * byte, bytecode, a folder, a link that leaves the scripts folder. A byte order mark is
 * dropped. *error: "missing", "script", "memory". On failure *source is empty. */
bool source_find(const char *folder, enum source_kind kind, const char *name,
                 struct source *source, struct error *error);
bool source_read(const char *path, struct source *source, struct error *error);

/* The same of a text in memory; path is what people are shown. */
bool source_take(const char *path, const char *text, struct source *source,
                 struct error *error);
void source_free(struct source *source);

/* The file at path, which a link must not lead out of the folder; errors as source_find.
 */
bool source_read_in(const char *folder, const char *path, struct source *source,
                    struct error *error);

/* A second one; false, and *copy empty, if out of memory. */
bool source_copy(struct source *copy, const struct source *source);

/* Whether a file of this name is a script's; if so its own goes to name. "pin.lua" is
 * one; "pin.lua~" and ".#pin.lua" are an editor's, "pin_spec.lua" is its spec. */
bool source_is_file(const char *file, char name[SOURCE_NAME_SIZE]);

/* The names (malloc'd, sorted, NULL-terminated) of the scripts of a kind, without their
 * specs; NULL on failure. */
char **source_list(const char *folder, enum source_kind kind);
void source_list_free(char **names);

#endif
