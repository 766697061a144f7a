#include "cli/timeline.h"

#include "cli/excerpt.h"
#include "cli/phrase.h"
#include "cli/row.h"
#include "cli/text.h"

#include <stdlib.h>
#include <string.h>

struct timeline {
  FILE *out;
  struct style style;
  double start, now; /* wall clock, seconds; start is below 0 before the first event */
  unsigned calls;    /* asked for so far; their numbers are shown once there are two */
  json_t *seen;      /* call id, or call id and leg: what was last shown of it */
  json_t *told;      /* the sentence of the latest row, where that is about a failure */
  const char *waiting;
};

struct timeline *timeline_new(FILE *out, const struct style *style) {
  struct timeline *timeline = calloc(1, sizeof *timeline);
  if (!timeline) return NULL;
  *timeline = (struct timeline){
      .out = out, .style = *style, .start = -1, .seen = json_object(), .waiting = ""};
  if (timeline->seen) return timeline;
  free(timeline);
  return NULL;
}

void timeline_free(struct timeline *timeline) {
  if (!timeline) return;
  json_decref(timeline->seen);
  json_decref(timeline->told);
  free(timeline);
}

void timeline_resize(struct timeline *timeline, unsigned width) {
  timeline->style.width = width;
}

const char *timeline_waiting(const struct timeline *timeline) {
  return timeline->waiting;
}

double timeline_seconds(const struct timeline *timeline) {
  return timeline->now - timeline->start;
}

/* The phrase as a string, after "call 2: " where calls have to be told apart. NULL if out
 * of memory; the caller frees it. */
static char *compose(unsigned call, phrase_fn phrase, const json_t *value) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  if (call) fprintf(out, "call %u: ", call);
  phrase(out, value);
  return fclose(out) == 0 ? text : NULL;
}

/* A row about the call of that number; 0 for one about the run. */
static void show(struct timeline *timeline, struct row row, unsigned call,
                 phrase_fn phrase, const json_t *value) {
  json_decref(timeline->told);
  timeline->told = NULL;
  char *text = compose(timeline->calls > 1 ? call : 0, phrase, value);
  if (text) row_write(timeline->out, &timeline->style, &row, text);
  free(text);
}

/* A failure travels from the call to the op to the run; its sentence is shown once. */
static void remember(struct timeline *timeline, const json_t *failure) {
  json_decref(timeline->told);
  timeline->told = json_incref(json_object_get(failure, "message"));
}

static bool is_told(const struct timeline *timeline, const json_t *failure) {
  const char *told = json_string_value(timeline->told);
  return told && *told && strstr(phrase_text(failure, "message"), told);
}

static unsigned number_of(const json_t *object, const char *key) {
  json_int_t number = json_integer_value(json_object_get(object, key));
  return number > 0 && number < 1000000 ? (unsigned)number : 0;
}

static void put_clean(const struct timeline *timeline, enum tone tone, const char *text) {
  const struct style *style = &timeline->style;
  char *clean = text_clean(text, style->unicode);
  if (clean)
    fprintf(timeline->out, "%s%s%s", style_begin(style, tone), clean,
            style_end(style, tone));
  free(clean);
}

static void on_started(struct timeline *timeline, const char *run, const json_t *event) {
  put_clean(timeline, TONE_BOLD, phrase_text(event, "flow"));
  fputs("  ", timeline->out);
  json_t *about = json_pack("{s:s, s:O?, s:O?}", "run", run, "version",
                            json_object_get(event, "version"), "path",
                            json_object_get(event, "path"));
  char *text = compose(0, phrase_run, about);
  if (text) put_clean(timeline, TONE_DIM, text);
  fputs("\n\n", timeline->out);
  free(text);
  json_decref(about);
}

static void ask_call(struct timeline *timeline, const json_t *args) {
  timeline->calls++;
  show(timeline,
       (struct row){timeline_seconds(timeline), MARK_CALL, TONE_BOLD, 0, "call"},
       timeline->calls, phrase_call, args);
}

/* The first verb carries the time, the others stand beneath it. */
static void ask_verbs(struct timeline *timeline, const json_t *args) {
  size_t i;
  json_t *verb;
  struct row row = {timeline_seconds(timeline), MARK_SPEECH, TONE_BLUE, TONE_PLAIN, ""};
  json_array_foreach (json_object_get(args, "verbs"), i, verb) {
    row.word = phrase_text(verb, "verb");
    show(timeline, row, number_of(args, "call"), phrase_verb, verb);
    row.seconds = -1;
    row.mark = MARK_NONE;
  }
}

/* How an op shows: by a function and as a row when it is asked for, as a row when it has
 * its answer. Ops that are not here show only when they fail. */
struct op {
  const char *name;
  const char *waiting;
  void (*ask)(struct timeline *timeline, const json_t *args);
  phrase_fn asked;
  phrase_fn answered;
  const char *answer; /* the word of the answer's row */
  enum mark mark;
  enum tone tone; /* of the answer's mark and word */
};

static const struct op ops[] = {
    {.name = "call", .waiting = "making the call", .ask = ask_call},
    {.name = "place", .waiting = "placing the call", .ask = ask_verbs},
    {.name = "collect",
     .waiting = "waiting for digits",
     .ask = ask_verbs,
     .answered = phrase_keyed,
     .answer = "keyed",
     .mark = MARK_KEYS,
     .tone = TONE_YELLOW},
    {.name = "finish", .waiting = "waiting for the call to end", .ask = ask_verbs},
    {.name = "wait", .waiting = "waiting for the call to end", .ask = ask_verbs},
    {.name = "detach", .ask = ask_verbs, .asked = phrase_detached},
    {.name = "sleep", .waiting = "sleeping", .asked = phrase_sleep},
    {.name = "http",
     .waiting = "waiting for the answer",
     .asked = phrase_http,
     .answered = phrase_answer,
     .answer = "http",
     .mark = MARK_STEP},
    {.name = "audio",
     .waiting = "listening to the file",
     .asked = phrase_audio,
     .answered = phrase_sound,
     .answer = "audio",
     .mark = MARK_GOOD,
     .tone = TONE_GREEN},
};

static const struct op *op_named(const char *name) {
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    if (strcmp(ops[i].name, name) == 0) return &ops[i];
  return NULL;
}

static void on_op(struct timeline *timeline, const char *run, const json_t *event) {
  (void)run;
  const json_t *args = json_object_get(event, "args");
  const struct op *op = op_named(phrase_text(event, "op"));
  timeline->waiting = op && op->waiting ? op->waiting : "working";
  if (!op) return;
  if (op->ask) op->ask(timeline, args);
  if (!op->asked) return;
  struct row row = {timeline_seconds(timeline), MARK_STEP, TONE_PLAIN, TONE_PLAIN,
                    op->name};
  show(timeline, row, number_of(args, "call"), op->asked, args);
}

static void on_result(struct timeline *timeline, const char *run, const json_t *event) {
  (void)run;
  timeline->waiting = timeline->calls ? "waiting for the call to end" : "working";
  const char *name = phrase_text(event, "op");
  const json_t *result = json_object_get(event, "result");
  const json_t *value = json_array_get(result, 0), *error = json_array_get(result, 1);
  struct row row = {timeline_seconds(timeline), MARK_BAD, TONE_YELLOW, TONE_PLAIN, name};
  if (json_is_null(value) && error) {
    if (is_told(timeline, error)) return;
    show(timeline, row, 0, phrase_error, error);
    remember(timeline, error);
    return;
  }
  const struct op *op = op_named(name);
  if (!op || !op->answered) return;
  row = (struct row){timeline_seconds(timeline), op->mark, op->tone, TONE_PLAIN,
                     op->answer};
  show(timeline, row, 0, op->answered, value);
}

struct state {
  const char *name, *word;
  enum mark mark;
  enum tone tone;
};

static struct state state_named(const char *name) {
  static const struct state states[] = {
      {"submitting", "sending", MARK_STEP, TONE_DIM},
      {"queued", "queued", MARK_STEP, TONE_PLAIN},
      {"ringing", "ringing", MARK_STEP, TONE_BLUE},
      {"in_progress", "answered", MARK_TALK, TONE_GREEN},
      {"completed", "completed", MARK_GOOD, TONE_GREEN},
      {"busy", "busy", MARK_BAD, TONE_RED},
      {"no_answer", "no answer", MARK_BAD, TONE_RED},
      {"rejected", "rejected", MARK_BAD, TONE_RED},
      {"canceled", "canceled", MARK_BAD, TONE_RED},
      {"failed", "failed", MARK_BAD, TONE_RED},
      {"expired", "expired", MARK_BAD, TONE_RED},
      {"unknown", "unknown", MARK_DOUBT, TONE_YELLOW},
  };
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    if (strcmp(states[i].name, name) == 0) return states[i];
  return (struct state){name, name, MARK_STEP, TONE_PLAIN};
}

/* Polls and repeated webhooks tell the same again and again. */
static bool is_news(struct timeline *timeline, const json_t *event, const char *leg) {
  char subject[256], now[256];
  snprintf(subject, sizeof subject, "%s %s", phrase_text(event, "call"), leg);
  snprintf(now, sizeof now, "%s %s", phrase_text(event, "state"),
           phrase_text(event, "reason"));
  if (strcmp(phrase_text(timeline->seen, subject), now) == 0) return false;
  json_object_set_new(timeline->seen, subject, json_string(now));
  return true;
}

static void phrase_version(FILE *out, const json_t *event) {
  fprintf(out, "%s is version %.12s from here on", phrase_text(event, "provider"),
          phrase_text(event, "provider_version"));
}

/* The provider's script was edited while the call lasts. */
static void note_version(struct timeline *timeline, const json_t *event) {
  char subject[256];
  const char *version = phrase_text(event, "provider_version");
  snprintf(subject, sizeof subject, "%s version", phrase_text(event, "call"));
  const char *before = phrase_text(timeline->seen, subject);
  bool changed = *before && *version && strcmp(before, version) != 0;
  json_object_set_new(timeline->seen, subject, json_string(version));
  struct row row = {timeline_seconds(timeline), MARK_STEP, TONE_DIM, TONE_DIM,
                    "provider"};
  if (changed) show(timeline, row, number_of(event, "number"), phrase_version, event);
}

static void on_call(struct timeline *timeline, const char *run, const json_t *event) {
  (void)run;
  note_version(timeline, event);
  if (!is_news(timeline, event, "")) return;
  struct state state = state_named(phrase_text(event, "state"));
  bool failed = state.mark == MARK_BAD || state.mark == MARK_DOUBT;
  /* A status request may not tell ringing from talking (Veratad, Dialer page). */
  bool polled = strcmp(phrase_text(event, "source"), "poll") == 0;
  if (polled && state.mark == MARK_TALK) state.word = "under way";
  struct row row = {timeline_seconds(timeline), state.mark, state.tone,
                    failed ? TONE_PLAIN : TONE_DIM, state.word};
  show(timeline, row, number_of(event, "number"), phrase_state, event);
  if (failed) remember(timeline, event);
}

static void on_leg(struct timeline *timeline, const char *run, const json_t *event) {
  (void)run;
  if (!is_news(timeline, event, phrase_text(event, "to"))) return;
  struct state state = state_named(phrase_text(event, "state"));
  bool talking = state.mark == MARK_TALK;
  struct row row = {timeline_seconds(timeline), MARK_LEG, state.tone, TONE_PLAIN,
                    talking ? "connected" : "leg"};
  show(timeline, row, 0, talking ? phrase_connected : phrase_leg, event);
}

static void on_log(struct timeline *timeline, const char *run, const json_t *event) {
  (void)run;
  const char *level = phrase_text(event, "level");
  bool loud = strcmp(level, "error") == 0 || strcmp(level, "warning") == 0;
  struct row row = {timeline_seconds(timeline), MARK_NONE, loud ? TONE_YELLOW : TONE_DIM,
                    TONE_DIM, loud ? level : "log"};
  show(timeline, row, 0, phrase_list, json_object_get(event, "message"));
}

/* The line of the script that is at fault. */
static void put_excerpt(struct timeline *timeline, const json_t *error) {
  char file[160];
  const char *source = phrase_text(error, "source");
  const char *message = phrase_text(error, "message");
  int line = excerpt_place(message, file, sizeof file);
  if (*source && line)
    excerpt_print(timeline->out, &timeline->style, line, source, message);
}

/* One that was interrupted goes on by itself. */
static void advise(struct timeline *timeline, const json_t *report) {
  const char *code = phrase_text(json_object_get(report, "error"), "code");
  struct row row = {-1, MARK_NONE, TONE_YELLOW, TONE_PLAIN, "to do"};
  if (strcmp(phrase_text(report, "state"), "unknown") != 0) return;
  if (strcmp(code, "interrupted") != 0) show(timeline, row, 0, phrase_doubt, report);
}

static void on_finished(struct timeline *timeline, const char *run, const json_t *event) {
  (void)run;
  timeline->waiting = "";
  const json_t *report = json_object_get(event, "report");
  struct state state = state_named(phrase_text(report, "state"));
  struct row row = {-1, state.mark, state.tone, TONE_PLAIN, state.word};
  json_t *error = json_object_get(report, "error");
  const char *part = is_told(timeline, error) ? "told" : "error";
  json_t *summary = json_pack("{s:f, s:O?, s:O?}", "seconds", timeline_seconds(timeline),
                              "result", json_object_get(report, "result"), part, error);
  fputc('\n', timeline->out);
  show(timeline, row, 0, phrase_summary, summary);
  json_decref(summary);
  advise(timeline, report);
  put_excerpt(timeline, error);
}

void timeline_event(struct timeline *timeline, const char *run, const json_t *event) {
  static const struct {
    const char *kind;
    void (*tell)(struct timeline *timeline, const char *run, const json_t *event);
  } kinds[] = {
      {"started", on_started},   {"op", on_op},   {"result", on_result},
      {"call", on_call},         {"leg", on_leg}, {"log", on_log},
      {"finished", on_finished},
  };
  double at = json_number_value(json_object_get(event, "at")) / 1000;
  if (timeline->start < 0) timeline->start = at;
  timeline->now = at > timeline->start ? at : timeline->start;
  const char *kind = phrase_text(event, "kind");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].kind, kind) == 0) kinds[i].tell(timeline, run, event);
  fflush(timeline->out);
}
