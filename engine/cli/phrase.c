#include "cli/phrase.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { KEYED_LIMIT = 32, VERSION_SHOWN = 12 };

const char *const phrase_states[] = {"running", "completed", "failed", "canceled",
                                     "unknown", "parked",    NULL};

const char *phrase_text(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static void put_value(FILE *out, const json_t *value) {
  if (json_is_string(value))
    fputs(json_string_value(value), out);
  else
    json_dumpf(value, out, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
}

void phrase_list(FILE *out, const json_t *value) {
  if (!json_is_array(value)) {
    if (value) put_value(out, value);
    return;
  }
  size_t i;
  json_t *item;
  json_array_foreach (value, i, item) {
    if (i > 0) fputs(", ", out);
    put_value(out, item);
  }
}

void phrase_words(FILE *out, const char *code) {
  for (; *code; code++) fputc(*code == '_' ? ' ' : *code, out);
}

/* ", rings 20 s": nothing where the key is absent. */
static void put_option(FILE *out, const json_t *object, const char *before,
                       const char *key, const char *after) {
  const json_t *value = json_object_get(object, key);
  if (!value || json_is_null(value)) return;
  fprintf(out, "%s", before);
  phrase_list(out, value);
  fputs(after, out);
}

static void put_flag(FILE *out, const json_t *object, const char *key, const char *text) {
  if (json_is_true(json_object_get(object, key))) fputs(text, out);
}

void phrase_url(FILE *out, const json_t *value) {
  const char *url = json_string_value(value);
  if (!url) return;
  const char *host = strstr(url, "://");
  host = host ? host + 3 : url;
  size_t authority = strcspn(host, "/?#");
  const char *at = memrchr(host, '@', authority);
  fprintf(out, "%.*s", (int)(host - url), url);
  if (at) host = at + 1;
  size_t shown = strcspn(host, "?#");
  fprintf(out, "%.*s%s", (int)shown, host, host[shown] ? "?…" : "");
}

void phrase_run(FILE *out, const json_t *run) {
  const json_t *version = json_object_get(run, "version");
  fprintf(out, "run %s", phrase_text(run, "run"));
  if (json_is_string(version)) /* a digest: its beginning will do */
    fprintf(out, ", version %.*s", VERSION_SHOWN, json_string_value(version));
  else
    put_option(out, run, ", version ", "version", "");
  put_option(out, run, ", ", "path", "");
}

static void put_say(FILE *out, const json_t *verb) {
  fprintf(out, "\"%s\"", phrase_text(verb, "text"));
  put_option(out, verb, ", language ", "language", "");
  put_option(out, verb, ", ", "gender", " voice");
}

static void put_play(FILE *out, const json_t *verb) {
  phrase_url(out, json_object_get(verb, "url"));
}

static void put_pause(FILE *out, const json_t *verb) {
  put_option(out, verb, "", "seconds", " s");
}

static void put_collect(FILE *out, const json_t *verb) {
  const json_t *most = json_object_get(verb, "max_digits");
  if (most)
    fprintf(out, "up to %" JSON_INTEGER_FORMAT " digit%s", json_integer_value(most),
            json_integer_value(most) == 1 ? "" : "s");
  else
    fputs("digits", out);
  put_flag(out, verb, "submit_on_hash", ", until #");
  put_option(out, verb, ", ", "timeout", " s");
}

static void put_dial(FILE *out, const json_t *verb) {
  put_option(out, verb, "", "to", "");
  put_option(out, verb, ", from ", "from", "");
  put_option(out, verb, ", rings ", "ring", " s");
  put_option(out, verb, ", for at most ", "limit", " s");
  put_flag(out, verb, "record", ", recorded");
}

static void put_hangup(FILE *out, const json_t *verb) {
  (void)verb;
  fputs("the call ends here", out);
}

void phrase_verb(FILE *out, const json_t *verb) {
  static const struct {
    const char *name;
    phrase_fn put;
  } verbs[] = {
      {"say", put_say},         {"play", put_play}, {"pause", put_pause},
      {"collect", put_collect}, {"dial", put_dial}, {"hangup", put_hangup},
  };
  const char *name = phrase_text(verb, "verb");
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (strcmp(verbs[i].name, name) == 0) verbs[i].put(out, verb);
  put_option(out, verb, ", repeats ", "repeats", "");
  put_flag(out, verb, "barge_in", ", a key interrupts it");
}

/* Only their names: the values are about the person called. */
static void put_keys(FILE *out, const json_t *keys) {
  const char *name, *before = ", keys ";
  json_t *value;
  if (!json_is_object(keys)) return;
  json_object_foreach ((json_t *)keys, name, value) {
    fprintf(out, "%s%s", before, name);
    before = ", ";
  }
}

void phrase_call(FILE *out, const json_t *args) {
  put_option(out, args, "to ", "to", "");
  put_option(out, args, " through ", "provider", "");
  put_option(out, args, ", from ", "from", "");
  put_option(out, args, ", message \"", "message", "\"");
  put_option(out, args, ", not to ", "exclude", " lines");
  put_option(out, args, ", not before ", "start", "");
  put_option(out, args, ", not after ", "finish", "");
  put_keys(out, json_object_get(args, "keys"));
}

void phrase_sleep(FILE *out, const json_t *args) {
  char moment[40];
  const json_t *at = json_object_get(args, "at"); /* ms since 1970 */
  time_t seconds = json_integer_value(at) / 1000;
  struct tm utc;
  put_option(out, args, "", "seconds", " s");
  if (!json_is_integer(at) || !gmtime_r(&seconds, &utc)) return;
  if (strftime(moment, sizeof moment, "until %Y-%m-%d %H:%M:%S UTC", &utc))
    fputs(moment, out);
}

void phrase_http(FILE *out, const json_t *args) {
  const char *method = phrase_text(args, "method");
  fprintf(out, "%s ", *method ? method : "GET");
  phrase_url(out, json_object_get(args, "url"));
}

void phrase_audio(FILE *out, const json_t *args) {
  put_option(out, args, "", "path", "");
  put_option(out, args, " for ", "provider", "");
}

void phrase_detached(FILE *out, const json_t *args) {
  (void)args;
  fputs("the call goes on by itself", out);
}

/* The number is not repeated on every line: the call's own row has it. */
void phrase_state(FILE *out, const json_t *event) {
  const char *state = phrase_text(event, "state"), *source = phrase_text(event, "source");
  const char *reason = phrase_text(event, "reason"), *before = "";
  const char *message = phrase_text(event, "message");
  bool told = *reason && strcmp(reason, state) != 0; /* expired is word enough */
  bool queued = strcmp(state, "queued") == 0;
  if (strcmp(state, "submitting") == 0) put_option(out, event, "to ", "provider", "");
  if (queued) put_option(out, event, "at ", "provider", "");
  if (queued) put_option(out, event, ", as ", "reference", "");
  if (queued) before = ", ";
  if (told) fputs(before, out), phrase_words(out, reason), before = ", ";
  if (*message) fprintf(out, "%s%s", told ? ": " : before, message), before = ", ";
  if (strcmp(source, "webhook") == 0) fprintf(out, "%stold by webhook", before);
  if (strcmp(source, "poll") == 0) fprintf(out, "%sfound by polling", before);
}

void phrase_connected(FILE *out, const json_t *event) {
  put_option(out, event, "to ", "to", "");
}

void phrase_leg(FILE *out, const json_t *event) {
  put_option(out, event, "", "to", " ");
  phrase_words(out, phrase_text(event, "state"));
}

void phrase_answer(FILE *out, const json_t *answer) {
  put_option(out, answer, "answered ", "status", "");
}

void phrase_sound(FILE *out, const json_t *report) {
  static const char *const keys[][3] = {
      {"container", "", ""}, {"mime", "(", ")"},   {"codec", "", ""},
      {"rate", "", " Hz"},   {"channels", "", ""}, {"duration", "", " s"},
  };
  const char *before = "";
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    const json_t *value = json_object_get(report, keys[i][0]);
    if (!value || json_is_null(value)) continue;
    fprintf(out, "%s%s", before, keys[i][1]);
    if (strcmp(keys[i][0], "duration") == 0 && json_is_number(value))
      fprintf(out, "%.1f", json_number_value(value));
    else if (strcmp(keys[i][0], "channels") == 0)
      fputs(json_integer_value(value) == 1 ? "mono" : "stereo", out);
    else
      put_value(out, value);
    fputs(keys[i][2], out);
    before = strcmp(keys[i][0], "container") == 0 ? " " : ", ";
  }
}

/* Counts characters, not bytes: the engine may have masked them with bullets already. */
void phrase_keyed(FILE *out, const json_t *digits) {
  const char *text = json_string_value(digits);
  size_t shown = 0;
  for (; text && *text && shown < KEYED_LIMIT; text++)
    if (((unsigned char)*text & 0xc0) != 0x80) fputs("•", out), shown++;
}

void phrase_error(FILE *out, const json_t *error) {
  const char *code = phrase_text(error, "code"), *message = phrase_text(error, "message");
  if (json_is_string(error)) message = json_string_value(error);
  if (*message && *code)
    fprintf(out, "%s (%s)", message, code);
  else
    fputs(*message ? message : code, out);
}

static void put_result(FILE *out, const json_t *result) {
  const char *name, *before = ", ";
  json_t *value;
  if (!json_is_object(result)) {
    if (result && !json_is_null(result)) fputs(before, out), put_value(out, result);
    return;
  }
  json_object_foreach ((json_t *)result, name, value) {
    fprintf(out, "%s%s = ", before, name);
    put_value(out, value);
  }
}

void phrase_doubt(FILE *out, const json_t *report) {
  fprintf(
      out,
      "outdial resolve %s placed (or not-placed), by what the provider's console shows",
      phrase_text(report, "run"));
}

void phrase_summary(FILE *out, const json_t *summary) {
  const json_t *error = json_object_get(summary, "error");
  const json_t *told = json_object_get(summary, "told");
  bool failed = told || (error && !json_is_null(error));
  double seconds = json_real_value(json_object_get(summary, "seconds"));
  fprintf(out, "%s %.1f s", failed ? "after" : "in", seconds);
  if (told) fprintf(out, " (%s)", phrase_text(told, "code"));
  if (failed && !told) fputs(": ", out), phrase_error(out, error);
  put_result(out, json_object_get(summary, "result"));
}
