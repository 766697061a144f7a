/* A compiled chunk, read from what lua_dump writes (Lua 5.4). */
#ifndef SCRIPT_DUMP_H
#define SCRIPT_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text inside of the dump; bytes is NULL for a constant that is no text. */
struct dump_text {
  const char *bytes;
  size_t length;
};

struct dump_capture { /* an upvalue: of the enclosing function's locals, or upvalues */
  bool local;
  uint8_t index;
};

struct dump_function {
  struct dump_text *constants;
  size_t constant_count;
  const unsigned char *code; /* four bytes an instruction, in this machine's order */
  size_t code_count;
  struct dump_capture *captures;
  size_t capture_count;
  struct dump_function *functions; /* those written inside of it */
  size_t function_count;
  int *lines; /* of each instruction */
};

/* Reads a dump; the texts point into it. False if it is not one of Lua 5.4's, or out of
 * memory; dump_free in either case. */
bool dump_read(const char *bytes, size_t length, struct dump_function *main);
void dump_free(struct dump_function *function);

uint32_t dump_instruction(const struct dump_function *function, size_t index);

#endif
