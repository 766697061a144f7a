/* GET /scripts: {"scripts": [{"kind", "name", "state", "version", "since", "modules",
 * "reason", "runs"}]}. state is "live", "broken" (the file will not do, version serves
 * on) or "gone" (the file was deleted); version is what new work runs with, null when
 * there is no good one; modules is {"name": "version"}; reason, null or of a broken one,
 * is {"line", "message"} and, where that is a line of its own, "source", the line; runs
 * are those under way, [{"version", "runs"}]. */
#include "control/internal.h"

#include <stdlib.h>
#include <string.h>

static json_t *reason_of(const struct standing *standing) {
  if (standing->state != STANDING_BROKEN) return json_null();
  const struct error *reason = &standing->reason;
  return json_pack("{si, ss, ss*}", "line", standing->line, "message", reason->message,
                   "source", reason->line > 0 ? reason->source : NULL);
}

static json_t *script_of(const struct standing *standing) {
  const struct release *release = standing->release;
  json_t *modules = release ? release_manifest(release) : json_object();
  return json_pack("{ss, ss, ss, ss?, sI, so, so, s[]}", "kind",
                   source_noun(standing->kind), "name", standing->name, "state",
                   standing_word(standing->state), "version",
                   release ? release_source(release)->hash : NULL, "since",
                   (json_int_t)standing->since, "modules", modules, "reason",
                   reason_of(standing), "runs");
}

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

/* Runs may be under way of a flow that is nowhere any more. */
static json_t *find_flow(json_t *scripts, const char *name) {
  size_t i;
  json_t *script;
  json_array_foreach (scripts, i, script) {
    if (strcmp(text_of(script, "kind"), "flow") == 0 &&
        strcmp(text_of(script, "name"), name) == 0)
      return script;
  }
  script = json_pack("{ss, ss, ss, sn, sn, s{}, sn, s[]}", "kind", "flow", "name", name,
                     "state", "gone", "version", "since", "modules", "reason", "runs");
  json_array_append_new(scripts, script);
  return script;
}

static void put_load(json_t *scripts, const json_t *load) {
  size_t i;
  json_t *row;
  json_array_foreach (load, i, row) {
    json_t *flow = find_flow(scripts, text_of(row, "flow"));
    json_array_append_new(json_object_get(flow, "runs"),
                          json_pack("{sO, sO}", "version",
                                    json_object_get(row, "version"), "runs",
                                    json_object_get(row, "runs")));
  }
}

static void answer(void *context, const char *json, const struct error *error) {
  struct visit *visit = context;
  struct http_exchange *exchange = visit_end(visit) ? visit->exchange : NULL;
  const struct releases *releases = exchange ? visit->control->plan.releases : NULL;
  free(visit);
  if (!exchange) return;
  if (error) {
    control_fail(exchange, error);
    return;
  }
  json_t *scripts = json_array(), *load = json_loads(json ? json : "[]", 0, NULL);
  const struct standing *standing = releases_first(releases);
  for (; standing; standing = standing->next)
    json_array_append_new(scripts, script_of(standing));
  put_load(scripts, load);
  json_decref(load);
  control_answer(exchange, 200, json_pack("{so}", "scripts", scripts));
}

void control_list_scripts(const struct demand *demand) {
  static const char *const none[] = {NULL};
  struct visit *visit = malloc(sizeof *visit);
  if (visit) {
    visit_begin(visit, demand->control, demand->exchange);
    if (store_ask(demand->control->plan.store, STORE_LOAD, none, answer, visit)) return;
    visit_end(visit);
    free(visit);
  }
  control_answer(demand->exchange, 500, NULL);
}
