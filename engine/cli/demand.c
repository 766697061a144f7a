#include "cli/demand.h"

#include "cli/phrase.h"

#include <string.h>

static void read_refusal(const json_t *answer, int status, struct od_error *error) {
  const json_t *refusal = json_object_get(answer, "error");
  const char *code = phrase_text(refusal, "code"),
             *said = phrase_text(refusal, "message");
  *error = (struct od_error){0};
  snprintf(error->code, sizeof error->code, "%s",
           strcmp(code, "missing") == 0 ? "usage"
           : *code                      ? code
                                        : "connection");
  if (*said)
    snprintf(error->message, sizeof error->message, "%s", said);
  else
    snprintf(error->message, sizeof error->message, "the engine answered %d", status);
}

json_t *demand(const struct options *options, const struct od_demand *asked,
               struct od_error *error) {
  struct od_config config = options_config(options);
  char *text = NULL;
  int status = od_control(&config, asked, &text, error);
  if (!status) return NULL;
  json_t *answer = json_loads(text, 0, NULL);
  od_text_free(text);
  if (answer && status < 400) return answer;
  read_refusal(answer, status, error);
  json_decref(answer);
  return NULL;
}
