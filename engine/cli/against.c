#include "cli/against.h"

#include "cli/bar.h"
#include "cli/command.h"
#include "cli/difference.h"
#include "cli/phrase.h"
#include "cli/row.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1000, FLOW_SIZE = 64, AT = ROW_MARK + 2, RUNS_SHOWN = 3 };

struct tally {
  char flow[FLOW_SIZE];
  json_int_t same, unfinished; /* of the same, those that have not ended */
  json_int_t differ, skipped;
  json_t *groups;  /* of runs that first differ in the same way */
  json_t *reasons; /* [{message, runs}]: why some could not be compared */
};

unsigned against_count(const char *text, struct od_error *error) {
  char *end;
  long number = strtol(text, &end, 10);
  if (end != text && !*end && number >= 1 && number <= MOST) return (unsigned)number;
  command_error(error, "--against is a number of runs from 1 to %d", MOST);
  return 0;
}

/* "scripts/flows/pin.lua" is the flow "pin". */
static void name_flow(struct tally *tally, const char *script) {
  const char *slash = strrchr(script, '/'), *name = slash ? slash + 1 : script;
  size_t length = strlen(name);
  if (length > 4 && strcmp(name + length - 4, ".lua") == 0) length -= 4;
  snprintf(tally->flow, sizeof tally->flow, "%.*s", (int)length, name);
}

/* The group of the list that has these values, a new one if need be. */
static json_t *group_for(json_t *list, const json_t *values) {
  size_t i;
  json_t *group;
  json_array_foreach (list, i, group)
    if (json_equal(json_object_get(group, "as"), values)) return group;
  group = json_pack("{s:O, s:[]}", "as", values, "runs");
  json_array_append_new(list, group);
  return group;
}

static void add(json_t *list, json_t *values, const char *run, json_t *example) {
  json_t *group = group_for(list, values);
  json_array_append_new(json_object_get(group, "runs"), json_string(run));
  if (!json_object_get(group, "example")) json_object_set(group, "example", example);
  json_decref(values);
}

/* Where, in either script: "pin.lua:18"; "" for one that had ended. */
static json_t *place_of(const json_t *side) {
  char place[200] = "";
  int line = (int)json_integer_value(json_object_get(side, "line"));
  if (line > 0) snprintf(place, sizeof place, "%s:%d", phrase_text(side, "file"), line);
  return json_string(place);
}

static void add_difference(struct tally *tally, const char *run, json_t *difference) {
  json_t *as = json_pack(
      "{s:O?, s:O?, s:O?, s:o, s:o}", "kind", json_object_get(difference, "kind"), "op",
      json_object_get(difference, "op"), "what", json_object_get(difference, "what"),
      "recorded", place_of(json_object_get(difference, "recorded")), "replayed",
      place_of(json_object_get(difference, "replayed")));
  tally->differ++;
  add(tally->groups, as, run, difference);
}

/* Names of this run's own are no part of the reason. */
static void add_reason(struct tally *tally, const char *run, const char *message) {
  const char *see = strstr(message, "; see ");
  size_t length = see ? (size_t)(see - message) : strlen(message);
  tally->skipped++;
  add(tally->reasons, json_stringn(message, length), run, json_null());
}

static void compare(struct tally *tally, const struct od_config *config, const char *run,
                    const char *script) {
  struct od_error error = {0};
  char *text = od_replay_run(config, run, script, &error);
  json_t *replay = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
  json_t *difference = replay ? difference_of(replay) : NULL;
  if (!replay) {
    add_reason(tally, run, text ? "out of memory" : error.message);
  } else if (json_is_object(difference)) {
    add_difference(tally, run, difference);
  } else {
    tally->same++;
    if (!json_is_object(json_object_get(replay, "end"))) tally->unfinished++;
  }
  json_decref(difference);
  json_decref(replay);
  od_text_free(text);
}

static void compare_all(struct tally *tally, const struct od_config *config,
                        const json_t *runs, const char *script) {
  struct bar bar;
  size_t i;
  json_t *run;
  bar_start(&bar, stderr, "runs", json_array_size(runs));
  json_array_foreach (runs, i, run) {
    compare(tally, config, phrase_text(run, "run"), script);
    bar_move(&bar, i + 1, 0);
  }
  bar_hide(&bar);
}

/* --- telling --- */

/* The largest first. */
static int by_size(const void *left, const void *right) {
  size_t one = json_array_size(json_object_get(*(json_t *const *)left, "runs"));
  size_t other = json_array_size(json_object_get(*(json_t *const *)right, "runs"));
  return one < other ? 1 : one > other ? -1 : 0;
}

/* A sorted copy of the list. */
static json_t *sorted(const json_t *list) {
  size_t count = json_array_size(list), i;
  json_t *group, *copy = json_array(), **groups = calloc(count + 1, sizeof(json_t *));
  json_array_foreach (list, i, group)
    if (groups) groups[i] = group;
  if (groups) qsort(groups, count, sizeof *groups, by_size);
  for (i = 0; groups && i < count; i++) json_array_append(copy, groups[i]);
  free(groups);
  return copy;
}

static void print_count(const struct style *style, enum mark mark, enum tone tone,
                        json_int_t count, const char *words) {
  printf("  %s%s %4" JSON_INTEGER_FORMAT "%s  %s\n", style_begin(style, tone),
         style_mark(style, mark), count, style_end(style, tone), words);
}

/* "8  in pin.lua:18, now pin.lua:19: the spoken text" */
static void print_line(const json_t *group, const char *text) {
  printf("%*zu  ", AT, json_array_size(json_object_get(group, "runs")));
  command_print(stdout, text);
  putchar('\n');
}

static void print_runs(const json_t *group, const char *with) {
  size_t i;
  json_t *run;
  printf("%*s", AT + 2, "");
  json_array_foreach (json_object_get(group, "runs"), i, run)
    if (i < RUNS_SHOWN) printf("%s%s", i ? ", " : "", json_string_value(run));
  printf("%s", i > RUNS_SHOWN ? ", …" : "");
  if (with) {
    printf("; outdial replay %s --with ",
           json_string_value(json_array_get(json_object_get(group, "runs"), 0)));
    command_print(stdout, with);
  }
  putchar('\n');
}

static void print_group(const json_t *group, const char *script) {
  const json_t *as = json_object_get(group, "as");
  const char *was = phrase_text(as, "recorded"), *is = phrase_text(as, "replayed");
  const char *op = phrase_text(as, "op");
  char *text = NULL;
  if (asprintf(&text, "%s%s%s%s%s: %s",
               *was  ? was
               : *op ? op
                     : "at the end",
               *was && *is ? ", now "
               : *is       ? "; now "
                           : "",
               is, *was && *op ? ", " : "", *was ? op : "", phrase_text(as, "what")) < 0)
    return;
  print_line(group, text);
  free(text);
  printf("%*s", AT + 2, "");
  command_print(stdout, phrase_text(json_object_get(group, "example"), "message"));
  putchar('\n');
  print_runs(group, script);
}

static void print_reason(const json_t *group) {
  print_line(group, json_string_value(json_object_get(group, "as")));
  print_runs(group, NULL);
}

static void print_same(const struct style *style, const struct tally *tally) {
  char words[80] = "the same";
  if (tally->unfinished)
    snprintf(words, sizeof words,
             "the same, %" JSON_INTEGER_FORMAT " of them as far as they have come",
             tally->unfinished);
  print_count(style, MARK_GOOD, TONE_GREEN, tally->same, words);
}

static void print(const struct tally *tally, const char *script) {
  struct style style = style_of(stdout);
  json_int_t all = tally->same + tally->differ + tally->skipped;
  json_t *groups = sorted(tally->groups), *reasons = sorted(tally->reasons), *group;
  size_t i;
  printf("%s", style_begin(&style, TONE_BOLD));
  command_print(stdout, script);
  printf("%s against ", style_end(&style, TONE_BOLD));
  if (all == 0)
    printf(
        "no run: this store has none of %s. It is the file's name that says which flow's "
        "runs are meant: a copy must be called as the flow is, in another folder\n",
        tally->flow);
  else
    printf("the last %" JSON_INTEGER_FORMAT " run%s of %s\n", all, all == 1 ? "" : "s",
           tally->flow);
  if (tally->same) print_same(&style, tally);
  if (tally->differ) print_count(&style, MARK_BAD, TONE_RED, tally->differ, "differ");
  json_array_foreach (groups, i, group) print_group(group, script);
  if (tally->skipped)
    print_count(&style, MARK_DOUBT, TONE_YELLOW, tally->skipped, "could not be compared");
  json_array_foreach (reasons, i, group) print_reason(group);
  json_decref(groups);
  json_decref(reasons);
}

static json_t *flat_group(const json_t *group) {
  json_t *flat = json_deep_copy(json_object_get(group, "as"));
  if (json_is_string(flat)) flat = json_pack("{s:o}", "message", flat);
  json_object_set(flat, "runs", json_object_get(group, "runs"));
  json_t *example = json_object_get(group, "example");
  if (json_is_object(example))
    json_object_set(flat, "example", json_object_get(example, "message"));
  return flat;
}

static json_t *flat(const json_t *list) {
  json_t *groups = sorted(list), *all = json_array(), *group;
  size_t i;
  json_array_foreach (groups, i, group) json_array_append_new(all, flat_group(group));
  json_decref(groups);
  return all;
}

static void print_json(const struct tally *tally) {
  json_t *object = json_pack(
      "{s:s, s:I, s:I, s:I, s:I, s:o, s:o}", "flow", tally->flow, "same", tally->same,
      "unfinished", tally->unfinished, "differ", tally->differ, "skipped", tally->skipped,
      "differences", flat(tally->groups), "reasons", flat(tally->reasons));
  json_dumpf(object, stdout, JSON_COMPACT);
  putchar('\n');
  json_decref(object);
}

int against_run(const struct options *options, const char *script, unsigned count,
                struct od_error *error) {
  struct tally tally = {.groups = json_array(), .reasons = json_array()};
  struct od_config config = options_config(options);
  struct od_filter filter = {.size = sizeof filter, .flow = tally.flow, .limit = count};
  name_flow(&tally, script);
  char *text = od_list_runs(&config, &filter, error);
  json_t *runs = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
  if (runs) compare_all(&tally, &config, runs, script);
  if (runs && options->json) print_json(&tally);
  if (runs && !options->json) print(&tally, script);
  int status = runs && !tally.differ ? EXIT_COMPLETED : EXIT_FAILED;
  json_decref(runs);
  od_text_free(text);
  json_decref(tally.groups);
  json_decref(tally.reasons);
  return status;
}
