/* The Lua half of the library, part of the program: nobody can lose or edit it. */
#include "bind/internal.h"

#include <string.h>

/* Puts a file's bytes between two symbols. */
#define LIBRARY(symbol, file)                                                            \
  __asm__(".section .rodata\n" #symbol "_text:\n.incbin \"" LUA_HALF "/" file            \
          "\"\n" #symbol "_end:\n.byte 0\n.previous\n");                                 \
  extern const char symbol##_text[], symbol##_end[]

LIBRARY(api, "api.lua");
LIBRARY(check, "check.lua");
LIBRARY(flow, "flow.lua");
LIBRARY(options, "options.lua");
LIBRARY(params, "params.lua");
LIBRARY(provider, "provider.lua");
LIBRARY(time, "time.lua");

bool bind_library_find(const char *name, struct bind_library *found) {
#define ENTRY(module, symbol)                                                            \
  { module, symbol##_text, (size_t)(symbol##_end - symbol##_text) }
  const struct bind_library all[] = {
      ENTRY("outdial.api", api),       ENTRY("outdial.check", check),
      ENTRY("outdial.flow", flow),     ENTRY("outdial.options", options),
      ENTRY("outdial.params", params), ENTRY("outdial.provider", provider),
      ENTRY("outdial.time", time),
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    *found = all[i];
    if (strcmp(found->name, name) == 0) return true;
  }
  return false;
}
