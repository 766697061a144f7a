/* The Lua half of the library, compiled and part of the program: nobody can lose or edit
 * it, and a new state need not parse it. */
#include "bind/internal.h"

#include <string.h>

/* Puts a file's bytes between two symbols. */
#define LIBRARY(symbol, file)                                                            \
  __asm__(".section .rodata\n" #symbol "_code:\n.incbin \"" LUA_HALF "/" file            \
          "\"\n" #symbol "_end:\n.byte 0\n.previous\n");                                 \
  extern const char symbol##_code[], symbol##_end[]

LIBRARY(api, "api.luac");
LIBRARY(check, "check.luac");
LIBRARY(declaration, "declaration.luac");
LIBRARY(flow, "flow.luac");
LIBRARY(options, "options.luac");
LIBRARY(params, "params.luac");
LIBRARY(provider, "provider.luac");
LIBRARY(script, "script.luac");
LIBRARY(time, "time.luac");
LIBRARY(tokens, "tokens.luac");
LIBRARY(traits, "traits.luac");

bool bind_library_find(const char *name, struct bind_library *found) {
#define ENTRY(module, symbol)                                                            \
  { module, symbol##_code, (size_t)(symbol##_end - symbol##_code) }
  const struct bind_library all[] = {
      ENTRY("outdial.api", api),
      ENTRY("outdial.check", check),
      ENTRY("outdial.flow", flow),
      ENTRY("outdial.options", options),
      ENTRY("outdial.params", params),
      ENTRY("outdial.provider", provider),
      ENTRY("outdial.time", time),
      ENTRY("outdial.tokens", tokens),
      ENTRY("outdial.traits", traits),
      ENTRY("outdial.script", script),
      ENTRY("outdial.declaration", declaration),
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    *found = all[i];
    if (strcmp(found->name, name) == 0) return true;
  }
  return false;
}
