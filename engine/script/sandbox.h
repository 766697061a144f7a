/* A Lua state for one run or one provider version: what a script may see, and for how
 * long and with how much memory it may run. */
#ifndef SCRIPT_SANDBOX_H
#define SCRIPT_SANDBOX_H

#include "base/error.h"
#include "base/heap.h"
#include "base/pages.h"
#include "script/source.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sandbox;

enum sandbox_kind {
  SANDBOX_FLOW,     /* deterministic: replayed from its journal */
  SANDBOX_PROVIDER, /* live: also has os.time, os.date, os.clock and real randomness */
};

/* A line is about to run; path is the script's, as in messages. */
typedef void (*sandbox_line_fn)(void *context, const char *path, int line);

struct sandbox_plan {
  enum sandbox_kind kind;
  size_t memory;           /* bytes; 0 means 16 MiB */
  uint64_t instructions;   /* from one resume or call to its end; 0: 10 M */
  uint64_t seed;           /* of math.random in a flow */
  bool *drawn;             /* set when a flow calls that; NULL: nobody asks */
  const struct heap *heap; /* where its memory comes from; NULL or empty: from the pages.
                              It must outlive the sandbox */
  struct pages *pages;     /* the same; NULL: malloc */
  sandbox_line_fn line;    /* is told of each line; NULL: none is looked at */
  void *line_context;
};

/* A state with base, string, table, math, utf8 (rules below) and JSON
 * values readied. NULL if out of memory.
 *
 * Instructions are those of Lua's machine, and the work of C functions at its price:
 * steps of a pattern, comparisons of a sort, bytes of a text, garbage collected. A call
 * that takes 2 s of CPU is stopped in any case. Memory is a script's cap; what the engine
 * itself pushes between calls may exceed it by 1 MiB.
 *
 * Both kinds: no io, debug, load, loadfile, loadstring, dofile, collectgarbage, print,
 * warn, string.dump, %p, metatable of strings or finalizers (__gc); `require` knows only
 * what sandbox_module gave and modules through the finder; the shared library tables are
 * read-only. Text chunks only ("t"). tostring and %s of a table, function … print
 * "table#1" by first sight, never an address; table.sort is stable. Flows also: no os,
 * coroutine, next, math.randomseed, weak tables; `pairs` goes over numbers ascending,
 * then strings by bytes, then booleans, over the keys there when it began, and refuses
 * other keys; math.random is a generator of the run seeded by plan.seed (xoshiro256**,
 * its state in C). */
struct sandbox *sandbox_new(const struct sandbox_plan *plan);
void sandbox_free(struct sandbox *sandbox);
lua_State *sandbox_state(const struct sandbox *sandbox);

/* The sandbox that owns L (any of its coroutines). */
struct sandbox *sandbox_of(lua_State *L);

/* Makes `require "name"` return what open leaves: a luaopen-style function, called once.
 */
bool sandbox_module(struct sandbox *sandbox, const char *name, lua_CFunction open,
                    struct error *error);

/* The same for a module of the engine's in Lua, as text or compiled, which must outlive
 * the sandbox (trusted: it may see the whole of Lua's libraries, os only in a provider's
 * state, through the upvalue-free global `lua`). Messages name text by the module,
 * "outdial/flow.lua"; compiled code has its name within. */
bool sandbox_library(struct sandbox *sandbox, const char *name, const char *text,
                     size_t length, struct error *error);

/* Asked by `require` for a module of the operator's: fills *source (the sandbox frees it
 * after loading it) or fails with the sentence that require raises. Each module is loaded
 * once per sandbox; a circle of requires is refused with its path. */
typedef bool (*sandbox_find_fn)(void *context, const char *name, struct source *source,
                                struct error *error);
void sandbox_finder(struct sandbox *sandbox, sandbox_find_fn find, void *context);

/* Loads and runs a script's chunk and leaves its one return value on the main stack; ops
 * and yields are refused meanwhile ("only inside run"). *error: "syntax", "script",
 * "runaway", "memory"; the message starts with file:line. */
bool sandbox_load(struct sandbox *sandbox, const struct source *source,
                  struct error *error);

/* Calls the function below count arguments on the main stack, as lua_pcall, within the
 * instruction budget; no yields. On failure nothing is left and *error says code
 * ("script", "runaway", "memory") and message with file:line. A raised table {code=,
 * message=} keeps its words. */
bool sandbox_call(struct sandbox *sandbox, int count, int results, struct error *error);

/* False with *error once a script was stopped: the sandbox only fails from then on. */
bool sandbox_goes_on(const struct sandbox *sandbox, struct error *error);

enum sandbox_outcome { SANDBOX_DONE, SANDBOX_YIELDED, SANDBOX_FAILED };

/* Resumes a coroutine of this sandbox with count arguments, a fresh instruction budget;
 * *results is how many values it left on its stack. A script that was stopped for its
 * instructions or memory cannot catch that with pcall, and its sandbox only fails after.
 */
enum sandbox_outcome sandbox_resume(struct sandbox *sandbox, lua_State *coroutine,
                                    int count, int *results, struct error *error);

/* While true, sandbox_loading makes ops raise: a script's top level only describes. */
bool sandbox_loading(const struct sandbox *sandbox);

size_t sandbox_memory(const struct sandbox *sandbox); /* bytes in use */

/* Writes "flows/pin.lua:18" (the source's path; a long one loses its beginning) for the
 * innermost line of operator's script on the coroutine's stack, and returns that line. 0
 * and "script" if there is none. */
int sandbox_where(lua_State *coroutine, char *out, size_t size);

#endif
