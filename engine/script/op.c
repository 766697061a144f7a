#include "script/op.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct op_kind *op_kind_find(const struct op_kind *const *kinds, const char *name) {
  for (; *kinds; kinds++)
    if (strcmp((*kinds)->name, name) == 0) return *kinds;
  return NULL;
}

void op_finish_value(struct op *op, json_t *value) {
  if (!value) {
    op_finish_error(op, "memory", "out of memory in %s", op->kind->name);
    return;
  }
  op->finish(op, json_pack("[o]", value));
}

json_t *op_error(const char *code, const char *message) {
  return json_pack("{ss, ss}", "code", code, "message", message);
}

void op_finish_refusal(struct op *op, json_t *error) {
  op->finish(op, json_pack("[n, o]", error));
}

void op_finish_error(struct op *op, const char *code, const char *format, ...) {
  char message[480];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  op_finish_refusal(op, op_error(code, message));
}
