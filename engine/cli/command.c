#include "cli/command.h"

#include "cli/excerpt.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/style.h"
#include "cli/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void command_help(const struct command *command) {
  printf("outdial %s %s\n\n%s\nOptions:\n", command->name, command->synopsis,
         command->help);
  options_help(stdout, command->options);
}

bool command_error(struct od_error *error, const char *format, ...) {
  if (!error) return false;
  *error = (struct od_error){.code = "usage"};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return false;
}

void command_print(FILE *out, const char *text) {
  struct style style = style_of(out);
  char *clean = text_clean(text, style.unicode);
  if (clean) fputs(clean, out);
  free(clean);
}

void command_complain(const char *name, const struct od_error *error) {
  fprintf(stderr, "outdial%s%s: ", name ? " " : "", name ? name : "");
  command_print(stderr, error->message);
  fputc('\n', stderr);
  if (error->source[0]) {
    struct style style = style_of(stderr);
    excerpt_print(stderr, &style, error->line, error->source, error->message);
  }
  if (strcmp(error->code, "usage") == 0)
    fprintf(stderr, "see outdial%s%s --help\n", name ? " " : "", name ? name : "");
}

int command_refuse(const struct options *options, const char *name,
                   const struct od_error *error) {
  json_t *object = NULL;
  if (options->json) object = json_pack("{s:o}", "error", report_error(error));
  if (object)
    report_print(object);
  else
    command_complain(name, error);
  json_decref(object);
  return command_status(error->code);
}

int command_status(const char *code) {
  bool asked_wrongly = strcmp(code, "usage") == 0 || strcmp(code, "settings") == 0;
  return asked_wrongly ? EXIT_USAGE : EXIT_FAILED;
}

void command_remark(void *context, enum od_level level, const char *line) {
  static const char *const names[] = {"error", "warning", "info", "debug"};
  (void)context;
  fprintf(stderr, "outdial: %s: ", names[level]);
  command_print(stderr, line);
  fputc('\n', stderr);
}
