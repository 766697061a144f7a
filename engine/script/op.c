#include "script/op.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct op_kind *op_kind_find(const struct op_kind *const *kinds, const char *name) {
  for (; *kinds; kinds++)
    if (strcmp((*kinds)->name, name) == 0) return *kinds;
  return NULL;
}

void op_finish(struct op *op, json_t *values) {
  op->kind = NULL;
  op->work = NULL;
  op->answer(op, values);
}

void op_finish_value(struct op *op, json_t *value) {
  op_finish(op, value ? json_pack("[o]", value) : NULL);
}

void op_finish_refusal(struct op *op, json_t *error) {
  op_finish(op, error ? json_pack("[n, o]", error) : NULL);
}

void op_finish_error(struct op *op, const char *code, const char *format, ...) {
  char message[480];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  op_finish(op, json_pack("[n, {ss, ss}]", "code", code, "message", message));
}
