#include "script/dump.h"

#include <lua.h>
#include <stdlib.h>
#include <string.h>

/* Tags of constants: types with their variants. */
enum { TAG_FLOAT = 0x13, TAG_INTEGER = 0x03, TAG_SHORT = 0x04, TAG_LONG = 0x14 };

enum {
  ABSOLUTE_LINE = -0x80,
  DEEPEST = 220 /* Lua nests functions no deeper than 200 */
};

struct reader {
  const unsigned char *at, *end;
  bool failed;
  int depth;
};

static const unsigned char *take(struct reader *reader, size_t length) {
  if (reader->failed || (size_t)(reader->end - reader->at) < length) {
    reader->failed = true;
    return NULL;
  }
  const unsigned char *bytes = reader->at;
  reader->at += length;
  return bytes;
}

static unsigned take_byte(struct reader *reader) {
  const unsigned char *byte = take(reader, 1);
  return byte ? *byte : 0;
}

/* Seven bits a byte, the highest first; the last byte has its top bit set. */
static size_t take_size(struct reader *reader) {
  size_t size = 0;
  for (;;) {
    unsigned byte = take_byte(reader);
    if (reader->failed || size >> 56) break;
    size = (size << 7) | (byte & 0x7f);
    if (byte & 0x80) return size;
  }
  reader->failed = true;
  return 0;
}

/* A number of things that follow, each of at least one byte. */
static size_t take_count(struct reader *reader) {
  size_t count = take_size(reader);
  if (count > (size_t)(reader->end - reader->at)) reader->failed = true;
  return reader->failed ? 0 : count;
}

/* Its length and one more come first; 0 is no text at all. */
static struct dump_text take_text(struct reader *reader) {
  size_t size = take_size(reader);
  if (size == 0) return (struct dump_text){NULL, 0};
  return (struct dump_text){(const char *)take(reader, size - 1), size - 1};
}

static void *make(struct reader *reader, size_t count, size_t size) {
  void *array = calloc(count + 1, size);
  if (!array) reader->failed = true;
  return array;
}

static bool is_header(struct reader *reader) {
  static const unsigned char head[] = {0x1b,
                                       'L',
                                       'u',
                                       'a',
                                       0x54,
                                       0,
                                       0x19,
                                       0x93,
                                       '\r',
                                       '\n',
                                       0x1a,
                                       '\n',
                                       4,
                                       sizeof(lua_Integer),
                                       sizeof(lua_Number)};
  const unsigned char *bytes = take(reader, sizeof head);
  if (!bytes || memcmp(bytes, head, sizeof head) != 0) return false;
  const lua_Integer integer = 0x5678;
  const lua_Number number = 370.5;
  bytes = take(reader, sizeof integer);
  if (!bytes || memcmp(bytes, &integer, sizeof integer) != 0) return false;
  bytes = take(reader, sizeof number);
  if (!bytes || memcmp(bytes, &number, sizeof number) != 0) return false;
  take_byte(reader); /* how many upvalues the main function has */
  return !reader->failed;
}

static void read_code(struct reader *reader, struct dump_function *function) {
  function->code_count = take_count(reader);
  function->code = take(reader, function->code_count * 4);
}

static struct dump_text read_constant(struct reader *reader) {
  unsigned tag = take_byte(reader);
  if (tag == TAG_SHORT || tag == TAG_LONG) return take_text(reader);
  if (tag == TAG_FLOAT) take(reader, sizeof(lua_Number));
  if (tag == TAG_INTEGER) take(reader, sizeof(lua_Integer));
  return (struct dump_text){NULL, 0};
}

static void read_constants(struct reader *reader, struct dump_function *function) {
  size_t count = take_count(reader);
  function->constants = make(reader, count, sizeof *function->constants);
  for (size_t i = 0; i < count && !reader->failed; i++)
    function->constants[i] = read_constant(reader);
  function->constant_count = reader->failed ? 0 : count;
}

static void read_captures(struct reader *reader, struct dump_function *function) {
  size_t count = take_count(reader);
  function->captures = make(reader, count, sizeof *function->captures);
  for (size_t i = 0; i < count && !reader->failed; i++) {
    function->captures[i].local = take_byte(reader) != 0;
    function->captures[i].index = (uint8_t)take_byte(reader);
    take_byte(reader); /* kind */
  }
  function->capture_count = reader->failed ? 0 : count;
}

static void read_function(struct reader *reader, struct dump_function *function);

static void read_functions(struct reader *reader, struct dump_function *function) {
  size_t count = take_count(reader);
  function->functions = make(reader, count, sizeof *function->functions);
  if (!function->functions) return;
  function->function_count = count; /* dump_free takes empty ones too */
  for (size_t i = 0; i < count && !reader->failed; i++)
    read_function(reader, &function->functions[i]);
}

/* One signed byte an instruction: the difference to the line before, or a sign that the
 * line is in the list that follows, which has the places in order. */
static void read_lines(struct reader *reader, struct dump_function *function, int line) {
  size_t count = take_count(reader);
  const signed char *steps = (const signed char *)take(reader, count);
  size_t absolute_count = take_count(reader), given = 0;
  function->lines = make(reader, function->code_count, sizeof *function->lines);
  if (count != function->code_count) reader->failed = true;
  for (size_t i = 0; i < count && !reader->failed; i++) {
    if (steps[i] == ABSOLUTE_LINE && given++ < absolute_count) {
      take_size(reader); /* the place */
      line = (int)take_size(reader);
    } else {
      line += steps[i];
    }
    function->lines[i] = line;
  }
  for (; given < absolute_count && !reader->failed; given++) {
    take_size(reader);
    take_size(reader);
  }
}

static void skip_names(struct reader *reader) {
  size_t locals = take_count(reader);
  for (size_t i = 0; i < locals && !reader->failed; i++) {
    take_text(reader);
    take_size(reader); /* where its life begins and ends */
    take_size(reader);
  }
  size_t upvalues = take_count(reader);
  for (size_t i = 0; i < upvalues && !reader->failed; i++) take_text(reader);
}

static void read_function(struct reader *reader, struct dump_function *function) {
  if (++reader->depth > DEEPEST) reader->failed = true;
  take_text(reader); /* the chunk's name */
  int line = (int)take_size(reader);
  take_size(reader); /* its last line */
  take(reader, 3);   /* parameters, varargs, registers */
  read_code(reader, function);
  read_constants(reader, function);
  read_captures(reader, function);
  read_functions(reader, function);
  read_lines(reader, function, line);
  skip_names(reader);
  reader->depth--;
}

bool dump_read(const char *bytes, size_t length, struct dump_function *main) {
  struct reader reader = {(const unsigned char *)bytes,
                          (const unsigned char *)bytes + length, false, 0};
  *main = (struct dump_function){0};
  if (!is_header(&reader)) return false;
  read_function(&reader, main);
  return !reader.failed && reader.at == reader.end;
}

void dump_free(struct dump_function *function) {
  for (size_t i = 0; i < function->function_count; i++)
    dump_free(&function->functions[i]);
  free(function->functions);
  free(function->constants);
  free(function->captures);
  free(function->lines);
  *function = (struct dump_function){0};
}

uint32_t dump_instruction(const struct dump_function *function, size_t index) {
  uint32_t instruction;
  memcpy(&instruction, function->code + index * 4, sizeof instruction);
  return instruction;
}
