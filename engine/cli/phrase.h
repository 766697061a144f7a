/* The engine's JSON in words a person reads. */
#ifndef CLI_PHRASE_H
#define CLI_PHRASE_H

#include <jansson.h>
#include <stdio.h>

/* Writes one phrase; a value of another shape than expected writes what can be said of
 * it, or nothing. The phrases are not cleaned yet: row_write does that. */
typedef void (*phrase_fn)(FILE *out, const json_t *value);

/* What heads a timeline, from {run, version, path}. */
void phrase_run(FILE *out, const json_t *run);

/* The particulars of a verb, without its name: `"Hello", language en-GB`. */
void phrase_verb(FILE *out, const json_t *verb);

/* What the ops are asked to do: the arguments of call, sleep, http and audio. */
void phrase_call(FILE *out, const json_t *args);
void phrase_sleep(FILE *out, const json_t *args);
void phrase_http(FILE *out, const json_t *args);
void phrase_audio(FILE *out, const json_t *args);
void phrase_detached(FILE *out, const json_t *args);

/* What events tell of a call and of a number it was connected to. */
void phrase_state(FILE *out, const json_t *event);
void phrase_connected(FILE *out, const json_t *event);
void phrase_leg(FILE *out, const json_t *event);

/* What they brought: the first value of their result. */
void phrase_answer(FILE *out, const json_t *answer);
void phrase_sound(FILE *out, const json_t *report);

/* Stands for keyed digits: as many bullets, never a digit. */
void phrase_keyed(FILE *out, const json_t *digits);

/* `nobody keyed anything in 10 s (no_input)` */
void phrase_error(FILE *out, const json_t *error);

/* How a run ended, from {seconds, result, error}: `in 40.2 s, accepted = true`. In place
 * of error, told is one whose sentence has just been shown: its code will do. */
void phrase_summary(FILE *out, const json_t *summary);

/* What a person can do about a run that is unknown, from its report. */
void phrase_doubt(FILE *out, const json_t *report);

/* An address without what may be a secret: the name and password, and the query. */
void phrase_url(FILE *out, const json_t *value);

/* A string as it is, an array of strings with commas. */
void phrase_list(FILE *out, const json_t *value);

/* A code word as words: `no_answer` becomes `no answer`. */
void phrase_words(FILE *out, const char *code);

/* The states that a run can have; NULL ends them. */
extern const char *const phrase_states[];

/* The text of a key, or "" where it holds none. */
const char *phrase_text(const json_t *object, const char *key);

#endif
