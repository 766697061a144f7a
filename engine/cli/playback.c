#include "cli/playback.h"

#include "cli/columns.h"
#include "cli/difference.h"
#include "cli/excerpt.h"
#include "cli/phrase.h"
#include "cli/row.h"
#include "cli/text.h"
#include "cli/timeline.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMN_LEAST = 52, BETWEEN = 2, AT = ROW_MARK + 2 };

/* One of the timelines. */
struct side {
  const char *name; /* "recorded", "replayed" */
  const json_t *replay;
  struct style style;
  struct timeline *timeline;
  FILE *out;
  char *text; /* what was written since it was last taken */
  size_t size;
};

static bool side_open(struct side *side, const char *name, const json_t *replay,
                      const struct style *style, unsigned width) {
  *side = (struct side){.name = name, .replay = replay, .style = *style};
  side->style.width = width;
  side->out = open_memstream(&side->text, &side->size);
  if (side->out) side->timeline = timeline_new(side->out, &side->style);
  return side->timeline != NULL;
}

static void side_close(struct side *side) {
  timeline_free(side->timeline);
  if (side->out) fclose(side->out);
  free(side->text);
}

/* --- one event --- */

/* A row that is never more than one line. */
static void text_row(FILE *out, const struct style *style, const char *text) {
  char *clean = text_clean(text, style->unicode);
  unsigned room = style->width > AT + 1 ? style->width - AT - 1 : 1;
  bool whole = clean && text_columns(clean) <= room;
  size_t length = clean ? whole ? strlen(clean) : text_fit(clean, room) : 0;
  if (clean)
    fprintf(out, "%*s%s%.*s%s%s\n", AT, "", style_begin(style, TONE_DIM), (int)length,
            clean,
            whole            ? ""
            : style->unicode ? "…"
                             : "~",
            style_end(style, TONE_DIM));
  free(clean);
}

static void feed(struct side *side, const json_t *event) {
  timeline_event(side->timeline, phrase_text(side->replay, "run"), event);
}

static void put_json(FILE *out, const json_t *value) {
  json_dumpf(value, out, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
}

/* A row for what a timeline passes over. */
static void put_row(struct side *side, const char *word, const json_t *value,
                    const char *instead) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return;
  if (*instead)
    fputs(instead, out);
  else if (value && !(json_is_object(value) && json_object_size(value) == 0))
    put_json(out, value);
  fclose(out);
  struct row row = {timeline_seconds(side->timeline), *word ? MARK_STEP : MARK_NONE,
                    TONE_PLAIN, *word ? TONE_PLAIN : TONE_DIM, word};
  row_write(side->out, &side->style, &row, text);
  free(text);
}

/* The line that asked, or its beginning. */
static void put_line(struct side *side, const json_t *op) {
  int line = (int)json_integer_value(json_object_get(op, "line"));
  char *source = difference_source(side->replay, side->name, op), *text = NULL;
  if (source && asprintf(&text, "%s:%d  %s", phrase_text(op, "file"), line,
                         source + strspn(source, " \t")) >= 0) {
    text_row(side->out, &side->style, text);
    free(text);
  }
  free(source);
}

/* What a script logs is told by the op itself. */
static json_t *log_event(const json_t *op, const json_t *at) {
  const json_t *args = json_object_get(op, "args");
  return json_pack("{s:s, s:s, s:s, s:O?}", "kind", "log", "level",
                   phrase_text(args, "level"), "message", phrase_text(args, "message"),
                   "at", at);
}

/* op: an event, or an op of the script that was fed; at: when the run asked. */
static void ask(struct side *side, const json_t *op, json_t *at) {
  const char *name = phrase_text(op, "op");
  json_t *event = strcmp(name, "log") == 0 ? log_event(op, at) : json_copy((json_t *)op);
  if (strcmp(name, "log") != 0) json_object_set_new(event, "kind", json_string("op"));
  json_object_set(event, "at", at);
  fflush(side->out);
  size_t before = side->size;
  feed(side, event);
  if (side->size == before) {
    const char *waiting = timeline_waiting(side->timeline);
    bool known = strcmp(waiting, "working") != 0;
    put_row(side, name, json_object_get(op, "args"), known ? waiting : "");
  }
  put_line(side, op);
  json_decref(event);
}

/* Answers that a timeline passes over, where they are more than that it is done. */
static void answer(struct side *side, const json_t *event) {
  static const char *const telling[] = {"now", "random", "uuid"};
  fflush(side->out);
  size_t before = side->size;
  feed(side, event);
  for (size_t i = 0; i < sizeof telling / sizeof *telling && side->size == before; i++)
    if (strcmp(telling[i], phrase_text(event, "op")) == 0)
      put_row(side, "", json_array_get(json_object_get(event, "result"), 0), "");
}

static bool is_kind(const json_t *event, const char *kind) {
  return strcmp(phrase_text(event, "kind"), kind) == 0;
}

static void pass(struct side *side, const json_t *event) {
  if (is_kind(event, "op"))
    ask(side, event, json_object_get(event, "at"));
  else if (is_kind(event, "result"))
    answer(side, event);
  else if (!is_kind(event, "log"))
    feed(side, event);
}

/* --- the script that was fed --- */

static const json_t *asked_at(const json_t *replay, const json_t *event) {
  size_t seq = (size_t)json_integer_value(json_object_get(event, "seq"));
  return json_array_get(json_object_get(replay, "ops"), seq - 1);
}

/* It ends where the run went on, or as the run ended, perhaps otherwise. */
static void finish(struct side *side, json_t *at) {
  json_t *end = json_object_get(side->replay, "end");
  if (!json_is_object(end)) return;
  json_t *event =
      json_pack("{s:s, s:O?, s:O}", "kind", "finished", "at", at, "report", end);
  feed(side, event);
  json_decref(event);
}

/* Its heading names the script. */
static void start(struct side *side, const json_t *event, const char *with) {
  json_t *started = json_pack("{s:s, s:O?, s:s}", "kind", "started", "at",
                              json_object_get(event, "at"), "flow", with);
  feed(side, started);
  json_decref(started);
}

static void pass_fed(struct side *side, const json_t *event, const char *with) {
  const json_t *op = is_kind(event, "op") ? asked_at(side->replay, event) : NULL;
  json_t *at = json_object_get(event, "at");
  bool ended = json_is_object(json_object_get(side->replay, "end"));
  if (op)
    ask(side, op, at);
  else if (is_kind(event, "started"))
    start(side, event, with);
  else if (is_kind(event, "op") || (is_kind(event, "finished") && ended))
    finish(side, at);
  else
    pass(side, event);
}

/* --- both --- */

/* The caller frees it. */
static char *take(struct side *side) {
  fflush(side->out);
  char *taken = strndup(side->text, side->size);
  rewind(side->out);
  return taken;
}

static bool is_last(const json_t *event, const json_t *difference) {
  return is_kind(event, "op") &&
         json_equal(json_object_get(event, "seq"), json_object_get(difference, "seq"));
}

/* The op that the script asks for where the run had ended; NULL. */
static const json_t *op_after(const json_t *replay, const json_t *difference) {
  size_t seq = (size_t)json_integer_value(json_object_get(difference, "seq"));
  bool after = seq > 0 && !difference_recorded(replay, seq);
  return after ? json_array_get(json_object_get(replay, "ops"), seq - 1) : NULL;
}

/* What the two sides wrote: beside each other, or the second for later. */
static void put_both(FILE *out, FILE *later, struct side sides[2], unsigned column) {
  char *left = take(&sides[0]), *right = take(&sides[1]);
  if (left && right && column) columns_write(out, left, right, column);
  if (left && right && !column) fputs(left, out), fputs(right, later);
  free(left);
  free(right);
}

static void play_two(FILE *out, FILE *later, struct side sides[2],
                     const json_t *difference, const char *with, unsigned column) {
  const json_t *replay = sides[0].replay, *after = op_after(replay, difference);
  size_t i;
  json_t *event;
  json_array_foreach (json_object_get(replay, "events"), i, event) {
    pass(&sides[0], event);
    if (after && is_kind(event, "finished"))
      ask(&sides[1], after, json_object_get(event, "at"));
    else
      pass_fed(&sides[1], event, with);
    put_both(out, later, sides, column);
    if (is_last(event, difference)) return;
  }
}

void playback_two(FILE *out, const struct style *style, const json_t *replay,
                  const json_t *difference, const char *with) {
  bool wide = style->live && style->width >= 2 * COLUMN_LEAST + BETWEEN;
  unsigned width = wide ? (style->width - BETWEEN) / 2 : style->width;
  struct side sides[2] = {0};
  char *text = NULL;
  size_t size = 0;
  FILE *later = open_memstream(&text, &size);
  if (later && side_open(&sides[0], "recorded", replay, style, width) &&
      side_open(&sides[1], "replayed", replay, style, width))
    play_two(out, later, sides, difference, with, wide ? width + BETWEEN : 0);
  if (later) fclose(later);
  if (text && *text) fprintf(out, "\n%s", text);
  free(text);
  side_close(&sides[0]);
  side_close(&sides[1]);
}

void playback_one(FILE *out, const struct style *style, const json_t *replay) {
  struct side side;
  size_t i;
  json_t *event;
  if (side_open(&side, "recorded", replay, style, style->width))
    json_array_foreach (json_object_get(replay, "events"), i, event) pass(&side, event);
  char *text = side.out ? take(&side) : NULL;
  if (text) fputs(text, out);
  free(text);
  side_close(&side);
}

/* --- in words --- */

static void put_place(FILE *out, const struct style *style, const char *word,
                      const json_t *about) {
  char *text = NULL;
  int line = (int)json_integer_value(json_object_get(about, "line"));
  struct row row = {-1, MARK_NONE, TONE_PLAIN, TONE_DIM, word};
  int length = -1;
  if (json_is_null(about))
    length = asprintf(&text, "has ended");
  else if (line > 0)
    length = asprintf(&text, "%s:%d  %s", phrase_text(about, "file"), line,
                      phrase_text(about, "source"));
  if (length < 0) return;
  row_write(out, style, &row, text);
  free(text);
}

void playback_explain(FILE *out, const struct style *style, const json_t *difference) {
  char *text = NULL;
  const char *op = phrase_text(difference, "op");
  const json_t *was = json_object_get(difference, "recorded");
  const json_t *is = json_object_get(difference, "replayed");
  int seq = (int)json_integer_value(json_object_get(difference, "seq"));
  struct row row = {-1, MARK_BAD, TONE_RED, TONE_PLAIN, "differs"};
  const char *message = phrase_text(difference, "message");
  int length = *op ? asprintf(&text, "at op %d, %s: %s", seq, op, message)
                   : asprintf(&text, "at the end: %s", message);
  if (length < 0) return;
  fputc('\n', out);
  row_write(out, style, &row, text);
  free(text);
  if (*op) put_place(out, style, "recorded", was);
  if (!*op && json_is_null(is)) return;
  put_place(out, style, "now", is);
}
