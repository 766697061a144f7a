#include "cli/draft.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_LIMIT = 64 };

static const char placeholder[] = "NAME";

/* Puts a file's text, ended by a NUL, behind a symbol. */
#define TEMPLATE(symbol, file)                                                           \
  __asm__(".section .rodata\n" #symbol "_text:\n.incbin \"" file                         \
          "\"\n.byte 0\n.previous\n");                                                   \
  extern const char symbol##_text[]

TEMPLATE(draft_flow, TEMPLATES "/flow.lua");
TEMPLATE(draft_flow_spec, TEMPLATES "/flow_spec.lua");
TEMPLATE(draft_provider, TEMPLATES "/provider.lua");
TEMPLATE(draft_provider_spec, TEMPLATES "/provider_spec.lua");
TEMPLATE(draft_luacheck, LUACHECKRC);
TEMPLATE(draft_flow_editor, EDITORS "/flows/.luarc.json");
TEMPLATE(draft_provider_editor, EDITORS "/providers/.luarc.json");

static const char for_luacheck[] = "what luacheck must know of scripts";
static const char for_editors[] = "what an editor with LuaLS must know";

static const struct draft flow_files[] = {
    {".lua", NULL, draft_flow_text, "the flow"},
    {"_spec.lua", NULL, draft_flow_spec_text, "what it does, and with whom"},
    {NULL, ".luacheckrc", draft_luacheck_text, for_luacheck},
    {NULL, "flows/.luarc.json", draft_flow_editor_text, for_editors},
    {0},
};

static const struct draft provider_files[] = {
    {".lua", NULL, draft_provider_text, "the provider"},
    {"_spec.lua", NULL, draft_provider_spec_text,
     "what it makes of the service's answers"},
    {NULL, ".luacheckrc", draft_luacheck_text, for_luacheck},
    {NULL, "providers/.luarc.json", draft_provider_editor_text, for_editors},
    {0},
};

static const struct draft_kind kinds[] = {
    {"flow", "flows", flow_files},
    {"provider", "providers", provider_files},
};

const struct draft_kind *draft_kind_named(const char *word) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].word, word) == 0) return &kinds[i];
  return NULL;
}

bool draft_is_name(const char *name) {
  static const char spec[] = "_spec";
  size_t length = strlen(name), tail = sizeof spec - 1;
  if (length == 0 || length >= NAME_LIMIT) return false;
  if (length >= tail && strcmp(name + length - tail, spec) == 0) return false;
  for (; *name; name++)
    if (!isalnum((unsigned char)*name) && *name != '_' && *name != '-') return false;
  return true;
}

char *draft_path(const struct draft_kind *kind, const struct draft *draft,
                 const char *scripts, const char *name) {
  char *path;
  int made = draft->suffix ? asprintf(&path, "%s/%s/%s%s", scripts, kind->folder, name,
                                      draft->suffix)
                           : asprintf(&path, "%s/%s", scripts, draft->name);
  return made < 0 ? NULL : path;
}

static bool refuse(const char *path, struct od_error *error) {
  bool there = errno == EEXIST;
  snprintf(error->code, sizeof error->code, there ? "usage" : "unwritable");
  if (there)
    snprintf(error->message, sizeof error->message,
             "%s is there already, and nothing is overwritten", path);
  else
    snprintf(error->message, sizeof error->message,
             "cannot write %s: %s; --scripts DIR names another folder", path,
             strerror(errno));
  return false;
}

/* Those that are there already do no harm. */
static bool make_folders(const char *path) {
  char *folder = strdup(path);
  bool made = folder != NULL;
  char *slash = made ? strchr(folder + 1, '/') : NULL;
  for (; made && slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    made = mkdir(folder, 0777) == 0 || errno == EEXIST;
    *slash = '/';
  }
  free(folder);
  return made;
}

static void put(FILE *file, const char *text, const char *name) {
  const char *found;
  while ((found = strstr(text, placeholder))) {
    fwrite(text, 1, (size_t)(found - text), file);
    fputs(name, file);
    text = found + sizeof placeholder - 1;
  }
  fputs(text, file);
}

bool draft_write(const struct draft *draft, const char *path, const char *name,
                 struct od_error *error) {
  FILE *file = make_folders(path) ? fopen(path, "wxe") : NULL;
  if (!file) return refuse(path, error);
  if (draft->suffix)
    put(file, draft->text, name);
  else
    fputs(draft->text, file);
  bool failed = ferror(file) != 0;
  if (fclose(file) == 0 && !failed) return true;
  refuse(path, error);
  remove(path);
  return false;
}
