#include "cli/difference.h"

#include "cli/excerpt.h"
#include "cli/phrase.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_SHOWN = 160 };

struct finding {
  const char *kind;
  char what[120];
  char *message;        /* owned */
  const json_t *spoken; /* verbs whose text stands in a line of its own */
  const json_t *speaks;
};

json_t *difference_recorded(const json_t *replay, size_t seq) {
  size_t i;
  json_t *event;
  json_array_foreach (json_object_get(replay, "events"), i, event)
    if (strcmp(phrase_text(event, "kind"), "op") == 0 &&
        (size_t)json_integer_value(json_object_get(event, "seq")) == seq)
      return event;
  return NULL;
}

/* --- words --- */

__attribute__((format(printf, 2, 3))) static void say(struct finding *finding,
                                                      const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&finding->message, format, arguments) < 0) finding->message = NULL;
  va_end(arguments);
}

/* A value as JSON, its beginning at least. The caller frees it. */
static char *shown(const json_t *value) {
  char *text =
      value ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) : NULL;
  if (!text) return strdup("nothing");
  if (strlen(text) <= VALUE_SHOWN) return text;
  size_t end = VALUE_SHOWN;
  while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
    end--; /* whole characters */
  text[end] = '\0';
  char *cut = NULL;
  if (asprintf(&cut, "%s…", text) < 0) cut = NULL;
  free(text);
  return cut;
}

/* An address, in quotes, without what may be a secret. The caller frees it. */
static char *shown_url(const json_t *value) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = json_is_string(value) ? open_memstream(&text, &size) : NULL;
  if (!out) return shown(value);
  fputc('"', out);
  phrase_url(out, value);
  fputc('"', out);
  return fclose(out) == 0 ? text : NULL;
}

/* Whether its values are about the person called, or may be secrets. */
static bool is_private(const char *key) {
  return strcmp(key, "keys") == 0 || strcmp(key, "headers") == 0 ||
         strcmp(key, "body") == 0;
}

static void say_values(struct finding *finding, const char *key, const json_t *was,
                       const json_t *is) {
  if (is_private(key)) {
    say(finding, "%s differs; it is not shown", finding->what);
    return;
  }
  bool url = strcmp(key, "url") == 0;
  char *before = url ? shown_url(was) : shown(was);
  char *now = url ? shown_url(is) : shown(is);
  say(finding, "%s was %s and is now %s", finding->what, before ? before : "",
      now ? now : "");
  free(before);
  free(now);
}

/* `say "Hello"`; the caller frees it. */
static char *verb_words(const json_t *verb) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  fprintf(out, "%s ", phrase_text(verb, "verb"));
  phrase_verb(out, verb);
  return fclose(out) == 0 ? text : NULL;
}

/* --- arguments --- */

/* The first key, by name, whose values differ. */
static const char *changed_key(const json_t *was, const json_t *is) {
  const char *name, *first = NULL;
  json_t *value;
  json_object_foreach ((json_t *)was, name, value)
    if (!json_equal(value, json_object_get(is, name)) &&
        (!first || strcmp(name, first) < 0))
      first = name;
  json_object_foreach ((json_t *)is, name, value)
    if (!json_object_get(was, name) && (!first || strcmp(name, first) < 0)) first = name;
  return first;
}

static void explain_option(struct finding *finding, const char *of, const char *key,
                           const json_t *was, const json_t *is) {
  static const char *const texts[][3] = {
      {"say", "text", "the spoken text"},
      {"play", "url", "the recording played"},
      {"dial", "to", "the number connected to"},
      {"log", "message", "the logged text"},
  };
  finding->kind = "argument";
  snprintf(finding->what, sizeof finding->what, "%s of %s", key, of);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (strcmp(texts[i][0], of) == 0 && strcmp(texts[i][1], key) == 0) {
      finding->kind = strcmp(of, "dial") == 0 ? "argument" : "text";
      snprintf(finding->what, sizeof finding->what, "%s", texts[i][2]);
    }
  say_values(finding, key, json_object_get(was, key), json_object_get(is, key));
}

static void explain_verb(struct finding *finding, const json_t *was, const json_t *is) {
  const char *name = phrase_text(was, "verb"), *now = phrase_text(is, "verb");
  const char *key = was && is && strcmp(name, now) == 0 ? changed_key(was, is) : NULL;
  finding->spoken = was;
  finding->speaks = is;
  if (key) {
    explain_option(finding, name, key, was, is);
    return;
  }
  char *before = verb_words(was), *after = verb_words(is);
  finding->kind = "argument";
  if (!was)
    snprintf(finding->what, sizeof finding->what, "one %s more", now);
  else if (!is)
    snprintf(finding->what, sizeof finding->what, "one %s less", name);
  else
    snprintf(finding->what, sizeof finding->what, "%s in place of %s", now, name);
  say(finding, "%s%s%s%s%s", finding->what, was ? ": it was " : ": ",
      was && before ? before : "", was && is ? ", now it is " : "",
      is && after ? after : "");
  free(before);
  free(after);
}

/* False when they do not differ in what is said. */
static bool explain_verbs(struct finding *finding, const json_t *was, const json_t *is) {
  size_t count = json_array_size(was), now = json_array_size(is);
  for (size_t i = 0; i < count || i < now; i++) {
    const json_t *before = json_array_get(was, i), *verb = json_array_get(is, i);
    if (before && verb && json_equal(before, verb)) continue;
    /* A verb that was put in or taken out moves those behind it. */
    if (count < now && json_equal(before, json_array_get(is, i + 1))) before = NULL;
    if (count > now && json_equal(verb, json_array_get(was, i + 1))) verb = NULL;
    explain_verb(finding, before, verb);
    return true;
  }
  return false;
}

static void explain_args(struct finding *finding, const char *op, const json_t *was,
                         const json_t *is) {
  if (explain_verbs(finding, json_object_get(was, "verbs"), json_object_get(is, "verbs")))
    return;
  const char *key = changed_key(was, is);
  if (key) {
    explain_option(finding, op, key, was, is);
    return;
  }
  finding->kind = "argument";
  snprintf(finding->what, sizeof finding->what, "what %s is given", op);
  say(finding, "%s differs; it is not shown", finding->what);
}

/* --- ops --- */

static bool is_same_op(const json_t *was, const json_t *is) {
  return was && strcmp(phrase_text(was, "op"), phrase_text(is, "op")) == 0 &&
         json_equal(json_object_get(was, "args"), json_object_get(is, "args"));
}

static void explain_op(struct finding *finding, const json_t *replay, const json_t *was,
                       const json_t *is) {
  const char *op = phrase_text(was, "op"), *now = phrase_text(is, "op");
  size_t seq = (size_t)json_integer_value(json_object_get(is, "seq"));
  bool resumes = json_is_true(json_object_get(replay, "resumes"));
  if (!was || resumes) {
    finding->kind = "extra";
    snprintf(finding->what, sizeof finding->what, "one %s more", now);
    say(finding,
        resumes ? "%s, after which it goes on as the run did"
                : "%s: the run had ended here",
        finding->what);
  } else if (strcmp(op, now) == 0) {
    explain_args(finding, op, json_object_get(was, "args"), json_object_get(is, "args"));
  } else if (is_same_op(difference_recorded(replay, seq + 1), is)) {
    finding->kind = "missing";
    snprintf(finding->what, sizeof finding->what, "no %s any more", op);
    say(finding, "%s; it goes on with what the run did next", finding->what);
  } else {
    finding->kind = "operation";
    snprintf(finding->what, sizeof finding->what, "%s in place of %s", now, op);
    say(finding, "%s", finding->what);
  }
}

/* --- ends --- */

/* "completed with {…}", "failed: sentence (code)". The caller frees it. */
static char *end_words(const json_t *end) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  const json_t *error = json_object_get(end, "error");
  const json_t *result = json_object_get(end, "result");
  if (!out) return NULL;
  phrase_words(out, phrase_text(end, "state"));
  if (json_is_object(error)) fputs(": ", out), phrase_error(out, error);
  char *value = result && !json_is_null(result) ? shown(result) : NULL;
  if (value) fprintf(out, " with %s", value);
  free(value);
  return fclose(out) == 0 ? text : NULL;
}

static const json_t *recorded_end(const json_t *replay) {
  const json_t *events = json_object_get(replay, "events");
  return json_object_get(json_array_get(events, json_array_size(events) - 1), "report");
}

/* Where the script failed, as if it had asked for something there; NULL when it did not.
 */
static json_t *failing_op(const json_t *replay) {
  char file[160];
  const json_t *error = json_object_get(json_object_get(replay, "end"), "error");
  int line = excerpt_place(phrase_text(error, "message"), file, sizeof file);
  return line ? json_pack("{s:s, s:s, s:i}", "op", "end", "file", file, "line", line)
              : NULL;
}

static void explain_end(struct finding *finding, const json_t *replay,
                        const json_t *was) {
  const json_t *end = json_object_get(replay, "end");
  char *before = end_words(recorded_end(replay)), *now = end_words(end);
  bool failed = json_is_object(json_object_get(end, "error"));
  finding->kind = "end";
  snprintf(finding->what, sizeof finding->what, "%s", failed ? "it fails" : "it ends");
  if (was)
    say(finding, "the run went on with %s, now it ends here as %s",
        phrase_text(was, "op"), now ? now : "");
  else
    say(finding, "the run ended as %s, now it ends as %s", before ? before : "",
        now ? now : "");
  if (!was) snprintf(finding->what, sizeof finding->what, "the end");
  free(before);
  free(now);
}

/* --- the whole --- */

char *difference_source(const json_t *replay, const char *side, const json_t *op) {
  const json_t *sources = json_object_get(json_object_get(replay, "sources"), side);
  return excerpt_line(
      json_string_value(json_object_get(sources, phrase_text(op, "file"))),
      (int)json_integer_value(json_object_get(op, "line")));
}

/* The one line of the script that has this text, where there is but one: a verb is noted
 * there, and only asked for further down. 0: none. */
static int line_of(const char *source, const char *text) {
  const char *at = source && *text ? strstr(source, text) : NULL;
  if (!at || strstr(at + 1, text)) return 0;
  int line = 1;
  for (; source < at; source++) line += *source == '\n';
  return line;
}

/* {op, file, line, source} of one side; null for one that has ended. */
static json_t *side_of(const json_t *replay, const char *side, const json_t *op,
                       const json_t *verb) {
  if (!op) return json_null();
  json_t *about =
      json_pack("{s:s, s:O?, s:O?}", "op", phrase_text(op, "op"), "file",
                json_object_get(op, "file"), "line", json_object_get(op, "line"));
  const json_t *sources = json_object_get(json_object_get(replay, "sources"), side);
  const char *text = json_string_value(json_object_get(sources, phrase_text(op, "file")));
  int line = line_of(text, phrase_text(verb, "text"));
  if (line) json_object_set_new(about, "line", json_integer(line));
  char *source = difference_source(replay, side, about);
  if (source)
    json_object_set_new(about, "source", json_string(source + strspn(source, " \t")));
  free(source);
  return about;
}

json_t *difference_of(const json_t *replay) {
  const json_t *ops = json_object_get(replay, "ops");
  bool ended = json_is_object(json_object_get(replay, "end"));
  size_t count = json_array_size(ops), seq = ended ? count + 1 : count;
  const json_t *was = difference_recorded(replay, seq);
  struct finding finding = {.kind = "end"};
  if (json_is_true(json_object_get(replay, "same"))) return json_null();
  json_t *is = ended ? failing_op(replay) : json_incref(json_array_get(ops, count - 1));
  if (ended)
    explain_end(&finding, replay, was);
  else
    explain_op(&finding, replay, was, is);
  bool extra = strcmp(finding.kind, "extra") == 0;
  json_t *difference =
      json_pack("{s:s, s:I, s:s, s:s, s:s, s:o, s:o}", "kind", finding.kind, "seq",
                (json_int_t)seq, "op", phrase_text(extra ? is : was, "op"), "what",
                finding.what, "message", finding.message ? finding.message : finding.what,
                "recorded", side_of(replay, "recorded", was, finding.spoken), "replayed",
                side_of(replay, "replayed", is, finding.speaks));
  json_decref(is);
  free(finding.message);
  return difference;
}
