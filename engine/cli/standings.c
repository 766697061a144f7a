#include "cli/standings.h"

#include "cli/age.h"
#include "cli/command.h"
#include "cli/demand.h"
#include "cli/phrase.h"
#include "cli/style.h"
#include "cli/text.h"

#include <string.h>

/* --- where no engine serves --- */

static json_t *parse(char *text) {
  json_t *value = text ? json_loads(text, 0, NULL) : NULL;
  od_text_free(text);
  return value;
}

/* The runs under way by version, each version once. */
static json_t *runs_of(const struct od_config *config, const char *kind,
                       const char *name) {
  json_t *runs = json_array(), *versions, *version, *seen = json_object();
  size_t i;
  versions = parse(od_list_versions(config, kind, name, NULL));
  json_array_foreach (versions, i, version) {
    const char *hash = phrase_text(version, "version");
    json_t *count = json_object_get(version, "runs");
    if (json_integer_value(count) == 0 || json_object_get(seen, hash)) continue;
    json_object_set_new(seen, hash, json_true());
    json_array_append_new(runs, json_pack("{ss, sO}", "version", hash, "runs", count));
  }
  json_decref(seen);
  json_decref(versions);
  return runs;
}

static json_t *standing_of(const struct od_config *config, const char *kind,
                           const char *name) {
  struct od_error wrong;
  json_t *shown = parse(od_show_script(config, kind, name, &wrong));
  json_t *reason =
      shown ? json_null() : json_pack("{si, ss}", "line", 0, "message", wrong.message);
  json_t *standing = json_pack("{ss, ss, ss, sO?, sn, s{}, so, so}", "kind", kind, "name",
                               name, "state", shown ? "good" : "broken", "version",
                               json_object_get(shown, "version"), "since", "modules",
                               "reason", reason, "runs", runs_of(config, kind, name));
  json_decref(shown);
  return standing;
}

static void look_at(const struct od_config *config, const char *kind, const json_t *names,
                    json_t *scripts) {
  size_t i;
  json_t *name;
  json_array_foreach (names, i, name)
    json_array_append_new(scripts, standing_of(config, kind, json_string_value(name)));
}

static json_t *read_files(const struct options *options, struct od_error *error) {
  struct od_config config = options_config(options);
  json_t *names = parse(od_list_scripts(&config, error));
  if (!names) return NULL;
  json_t *scripts = json_array();
  look_at(&config, "flow", json_object_get(names, "flows"), scripts);
  look_at(&config, "provider", json_object_get(names, "providers"), scripts);
  json_decref(names);
  return json_pack("{sb, so}", "serving", 0, "scripts", scripts);
}

json_t *standings_read(const struct options *options, struct od_error *error) {
  struct od_demand asked = {.size = sizeof asked, .method = "GET", .path = "/scripts"};
  json_t *answer = demand(options, &asked, error);
  if (answer) json_object_set_new(answer, "serving", json_true());
  if (answer || strcmp(error->code, "unreachable") != 0) return answer;
  return read_files(options, error);
}

const json_t *standings_find(const json_t *standings, const char *kind,
                             const char *name) {
  size_t i;
  json_t *script;
  json_array_foreach (json_object_get(standings, "scripts"), i, script) {
    if (strcmp(phrase_text(script, "kind"), kind) == 0 &&
        strcmp(phrase_text(script, "name"), name) == 0)
      return script;
  }
  return NULL;
}

/* --- printing --- */

static enum tone tone_of(const char *state) {
  if (strcmp(state, "broken") == 0) return TONE_RED;
  return strcmp(state, "gone") == 0 ? TONE_YELLOW : TONE_GREEN;
}

/* "12, 3 of 407da430365f": those of the version in use first. */
static void put_runs(const json_t *script) {
  const char *version = phrase_text(script, "version"), *comma = "";
  size_t i;
  json_t *runs;
  for (int other = 0; other < 2; other++) {
    json_array_foreach (json_object_get(script, "runs"), i, runs) {
      const char *of = phrase_text(runs, "version");
      if ((strcmp(of, version) != 0) != other) continue;
      printf("%s%d", comma, (int)json_integer_value(json_object_get(runs, "runs")));
      if (other) printf(" of %.12s", of);
      comma = ", ";
    }
  }
  if (!*comma) putchar('-');
}

static void put_script(const struct style *style, const json_t *script, int width,
                       int64_t now) {
  const char *state = phrase_text(script, "state");
  const char *version = phrase_text(script, "version");
  char age[AGE_SIZE];
  age_write(age, json_integer_value(json_object_get(script, "since")), now);
  printf("%-8s  %-*s  %-12.12s  %s%-6s%s  %-7s", phrase_text(script, "kind"), width,
         phrase_text(script, "name"), *version ? version : "-",
         style_begin(style, tone_of(state)), state, style_end(style, tone_of(state)),
         age);
  put_runs(script);
  putchar('\n');
  const char *reason = phrase_text(json_object_get(script, "reason"), "message");
  if (!*reason) return;
  printf("          ");
  command_print(stdout, reason);
  putchar('\n');
}

void standings_print(const json_t *standings) {
  struct style style = style_of(stdout);
  int64_t now = age_now();
  const json_t *scripts = json_object_get(standings, "scripts");
  int width = 4;
  size_t i;
  json_t *script;
  json_array_foreach (scripts, i, script) {
    int columns = (int)text_columns(phrase_text(script, "name"));
    if (columns > width) width = columns;
  }
  if (!json_is_true(json_object_get(standings, "serving")))
    puts("No engine serves this store. These are the files as they are.\n");
  if (json_array_size(scripts) == 0) {
    puts("no scripts");
    return;
  }
  printf("%s%-8s  %-*s  %-12s  %-6s  %-7s%s%s\n", style_begin(&style, TONE_DIM), "kind",
         width, "name", "version", "state", "since", "runs", style_end(&style, TONE_DIM));
  json_array_foreach (scripts, i, script) put_script(&style, script, width, now);
}
