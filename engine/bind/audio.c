/* outdial.audio: is this file one that can be played on the phone, and that the provider
 * takes? */
#include "audio/audio.h"

#include "base/buffer.h"
#include "bind/internal.h"

#include <stdlib.h>
#include <string.h>

struct check {
  struct op *op;  /* NULL when the run has gone meanwhile */
  json_t *accept; /* the MIME types that the provider takes, or NULL */
  char *path, *provider;
};

static void check_free(struct check *check) {
  json_decref(check->accept);
  free(check->path);
  free(check->provider);
  free(check);
}

/* The report that the command and hosts get, too. NULL if out of memory. */
static json_t *report_value(const struct audio_report *report, const char *path) {
  struct buffer text = {0};
  audio_json(report, path, &text);
  json_t *value = json_loadb(buffer_string(&text), text.length, 0, NULL);
  buffer_free(&text);
  return value;
}

static bool taken(const struct check *check, const struct audio_report *report) {
  size_t i;
  json_t *mime;
  json_array_foreach (check->accept, i, mime) {
    if (audio_is(report, json_string_value(mime))) return true;
  }
  return false;
}

static void done(void *context, const struct audio_report *report) {
  struct check *check = context;
  struct op *op = check->op;
  if (!op) {
    check_free(check);
    return;
  }
  if (report->refused)
    op_finish_error(op, "audio", "%s: %s", check->path, report->message);
  else if (check->accept && !taken(check, report))
    op_finish_error(op, "audio", "%s is %s, which %s does not take", check->path,
                    report->mime ? report->mime : report->container, check->provider);
  else
    op_finish_value(op, report_value(report, check->path));
  check_free(check);
}

/* What the provider accepts; false when there is no such provider. */
static bool read_provider(struct check *check, const struct bind_parts *parts,
                          const char *name, struct error *error) {
  if (!name) return true;
  struct provider *provider = providers_get(parts->providers, name, error);
  if (!provider) return false;
  json_t *accepts = json_object_get(provider_traits(provider), "accepts");
  check->accept = json_incref(json_object_get(accepts, "audio"));
  check->provider = strdup(name);
  return true;
}

static void begin(struct op *op, const json_t *args) {
  const struct bind_parts *parts = op->parts;
  const char *path = json_string_value(json_object_get(args, "path"));
  const char *name = json_string_value(json_object_get(args, "provider"));
  struct error error = {.code = "memory", .message = "out of memory"};
  struct check *check = calloc(1, sizeof *check);
  if (check) {
    check->op = op;
    check->path = strdup(path ? path : "");
    op->work = check;
    if (read_provider(check, parts, name, &error) &&
        audio_check_later(parts->audio, check->path, NULL, done, check))
      return;
    check_free(check);
  }
  op_finish_error(op, error.code, "%s", error.message);
}

/* The worker cannot be interrupted; its report is dropped when it comes. */
static void cancel(struct op *op) {
  struct check *check = op->work;
  check->op = NULL;
}

const struct op_kind bind_audio_op = {"audio", begin, cancel, NULL};
