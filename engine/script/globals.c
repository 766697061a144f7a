#include "script/globals.h"

#include "base/buffer.h"
#include "script/dump.h"
#include "script/failure.h"
#include "script/modules.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

/* The instructions of Lua 5.4 that matter here, by their numbers in its lopcodes.h. */
enum {
  OP_LOADK = 3,
  OP_LOADKX = 4,
  OP_LOADNIL = 8,
  OP_GETUPVAL = 9,
  OP_GETTABUP = 11,
  OP_GETTABLE = 12,
  OP_SETTABUP = 15,
  OP_SETTABLE = 16,
  OP_SELF = 20,
  OP_JMP = 56,
  OP_CALL = 68,
  OP_FORLOOP = 73,
  OP_TFORCALL = 76,
  OP_VARARG = 80,
  OP_EXTRAARG = 82,
};

enum { REGISTERS = 256 };

struct found {
  char *name;
  int line;
  bool written;
  size_t order; /* as met: keeps the sort stable */
};

struct scan {
  struct found *found;
  size_t count, capacity;
  bool failed; /* out of memory */
};

/* What is known of a function's registers. A function with more than 255 constants gets
 * its globals in steps: the environment and the name go into registers first. */
struct registers {
  bool environment[REGISTERS];
  const struct dump_text *name[REGISTERS];
};

struct operands {
  unsigned code, a, b, c;
  uint32_t bx, ax;
};

static struct operands decode(uint32_t instruction) {
  return (struct operands){
      .code = instruction & 0x7f,
      .a = instruction >> 7 & 0xff,
      .b = instruction >> 16 & 0xff,
      .c = instruction >> 24 & 0xff,
      .bx = instruction >> 15,
      .ax = instruction >> 7,
  };
}

static void report(struct scan *scan, const struct dump_text *name, int line,
                   bool written) {
  if (!name || !name->bytes || scan->failed) return;
  if (scan->count == scan->capacity) {
    size_t capacity = scan->capacity ? scan->capacity * 2 : 32;
    struct found *more = realloc(scan->found, capacity * sizeof *more);
    scan->failed = !more;
    if (!more) return;
    scan->found = more;
    scan->capacity = capacity;
  }
  char *copy = strndup(name->bytes, name->length);
  scan->failed = !copy;
  if (!copy) return;
  scan->found[scan->count] = (struct found){copy, line, written, scan->count};
  scan->count++;
}

static const struct dump_text *constant(const struct dump_function *function,
                                        uint32_t index) {
  return index < function->constant_count ? &function->constants[index] : NULL;
}

/* Forgets the registers that the instruction overwrites. */
static void forget(struct registers *registers, const struct operands *now) {
  unsigned first = now->a, last = now->a;
  if (now->code == OP_JMP) return;
  if (now->code == OP_LOADNIL) last = now->a + now->b;
  if (now->code == OP_SELF) last = now->a + 1;
  bool many = now->code == OP_CALL || now->code == OP_VARARG ||
              now->code == OP_TFORCALL || now->code == OP_FORLOOP;
  if (many || last >= REGISTERS) last = REGISTERS - 1;
  for (unsigned i = first; i <= last; i++) {
    registers->environment[i] = false;
    registers->name[i] = NULL;
  }
}

static bool is_global(const bool *environments, const struct dump_function *function,
                      unsigned upvalue) {
  return upvalue < function->capture_count && environments[upvalue];
}

static void scan_instruction(struct scan *scan, const struct dump_function *function,
                             const bool *environments, struct registers *registers,
                             size_t index) {
  struct operands now = decode(dump_instruction(function, index));
  int line = function->lines[index];
  switch (now.code) {
  case OP_GETTABUP:
    if (is_global(environments, function, now.b))
      report(scan, constant(function, now.c), line, false);
    break;
  case OP_SETTABUP:
    if (is_global(environments, function, now.a))
      report(scan, constant(function, now.b), line, true);
    return;
  case OP_GETTABLE:
    if (registers->environment[now.b]) report(scan, registers->name[now.c], line, false);
    break;
  case OP_SETTABLE:
    if (registers->environment[now.a]) report(scan, registers->name[now.b], line, true);
    return;
  default:
    break;
  }
  forget(registers, &now);
  if (now.code == OP_GETUPVAL)
    registers->environment[now.a] = is_global(environments, function, now.b);
  if (now.code == OP_LOADK) registers->name[now.a] = constant(function, now.bx);
  if (now.code == OP_LOADKX && index + 1 < function->code_count)
    registers->name[now.a] =
        constant(function, decode(dump_instruction(function, index + 1)).ax);
}

/* environments says which of the function's upvalues are the chunk's own _ENV: a local of
 * that name makes other variables, not globals. */
static void scan_function(struct scan *scan, const struct dump_function *function,
                          const bool *environments) {
  struct registers registers = {0};
  for (size_t i = 0; i < function->code_count; i++) {
    bool extra = (dump_instruction(function, i) & 0x7f) == OP_EXTRAARG;
    if (!extra) scan_instruction(scan, function, environments, &registers, i);
  }
  for (size_t i = 0; i < function->function_count; i++) {
    const struct dump_function *inner = &function->functions[i];
    bool inside[REGISTERS] = {false};
    for (size_t k = 0; k < inner->capture_count && k < REGISTERS; k++)
      inside[k] = !inner->captures[k].local &&
                  is_global(environments, function, inner->captures[k].index);
    scan_function(scan, inner, inside);
  }
}

static int compare(const void *left, const void *right) {
  const struct found *a = left, *b = right;
  if (a->line != b->line) return a->line < b->line ? -1 : 1;
  return a->order < b->order ? -1 : 1;
}

static int write_dump(lua_State *L, const void *bytes, size_t length, void *dump) {
  (void)L;
  return buffer_append(dump, bytes, length) ? 0 : 1;
}

static bool compile(const struct source *source, struct buffer *dump,
                    struct error *error) {
  struct error found = {.code = "memory", .message = "out of memory"};
  lua_State *L = luaL_newstate();
  if (!L) return error_set(error, "memory", "%s: out of memory", source->path);
  int status = modules_compile(L, source);
  if (status == LUA_OK && lua_dump(L, write_dump, dump, false) != 0) status = LUA_ERRMEM;
  if (status != LUA_OK) failure_take(L, status, source->path, &found);
  lua_close(L);
  if (status == LUA_OK) return true;
  return error_set(error, status == LUA_ERRMEM ? "memory" : "syntax", "%s",
                   found.message);
}

static bool scan_dump(struct scan *scan, const struct source *source,
                      const struct buffer *dump, struct error *error) {
  const bool environments[] = {true}; /* the main function's only upvalue is _ENV */
  struct dump_function main;
  bool read = dump_read(dump->data, dump->length, &main);
  if (read) scan_function(scan, &main, environments);
  dump_free(&main);
  if (!read)
    return error_set(error, "script", "%s: this Lua's compiled form is not that of 5.4",
                     source->path);
  return scan->failed ? error_set(error, "memory", "%s: out of memory", source->path)
                      : true;
}

bool globals_scan(const struct source *source, globals_fn found, void *context,
                  struct error *error) {
  struct buffer dump = {0};
  struct scan scan = {0};
  bool scanned = compile(source, &dump, error) && scan_dump(&scan, source, &dump, error);
  if (scanned && scan.count) {
    qsort(scan.found, scan.count, sizeof *scan.found, compare);
    for (size_t i = 0; i < scan.count; i++)
      found(context, scan.found[i].name, scan.found[i].line, scan.found[i].written);
  }
  for (size_t i = 0; i < scan.count; i++) free(scan.found[i].name);
  free(scan.found);
  buffer_free(&dump);
  return scanned;
}
