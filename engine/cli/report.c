#include "cli/report.h"

#include "cli/command.h"

#include <string.h>

json_t *report_of_error(const char *run, const char *flow, const char *state,
                        const struct od_error *error) {
  return json_pack("{s:s?, s:s?, s:n, s:s, s:n, s:o, s:[]}", "run", run, "flow", flow,
                   "version", "state", state, "result", "error", report_error(error),
                   "calls");
}

json_t *report_error(const struct od_error *error) {
  const char *source = error->source[0] ? error->source : NULL;
  return json_pack("{s:s, s:s, s:s*}", "code", error->code, "message", error->message,
                   "source", source);
}

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

int report_status(const json_t *report) {
  const char *state = text_of(report, "state");
  if (strcmp(state, "completed") == 0) return EXIT_COMPLETED;
  if (strcmp(state, "unknown") == 0) return EXIT_UNKNOWN;
  return command_status(text_of(json_object_get(report, "error"), "code"));
}

void report_print(const json_t *report) {
  json_dumpf(report, stdout, JSON_COMPACT);
  fputc('\n', stdout);
  fflush(stdout);
}
