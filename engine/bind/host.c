/* outdial.host, for flows: a question to the program around the engine, answered at once
 * or later from any of its threads. */
#include "bind/host.h"

#include "bind/internal.h"
#include "run/run.h"
#include "timer/timer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS = 256, QUESTIONS = 1 << 20 };

/* A question that waits. Its id is its place and how often the place was used, so that an
 * answer that comes too late is nobody else's. */
struct question {
  struct host *host;
  struct op *op; /* NULL: the place is free */
  struct timer *timer;
  struct question *next; /* among the free ones */
  uint32_t place, uses;
  bool answered;
};

struct answer {
  struct answer *next;
  uint64_t id;
  json_t *values;
};

struct host {
  host_ask_fn ask;
  void (*stir)(void *context);
  void *context;
  struct host_function functions[FUNCTIONS];
  size_t function_count;
  pthread_mutex_t mutex; /* guards what follows */
  struct question **questions;
  size_t question_count;
  struct question *free;
  struct answer *first, **end;
};

struct host *host_new(host_ask_fn ask, void (*stir)(void *context), void *context) {
  struct host *host = calloc(1, sizeof *host);
  if (!host) return NULL;
  host->ask = ask;
  host->stir = stir;
  host->context = context;
  host->end = &host->first;
  pthread_mutex_init(&host->mutex, NULL);
  return host;
}

static struct answer *take_answer(struct host *host) {
  pthread_mutex_lock(&host->mutex);
  struct answer *answer = host->first;
  if (answer) host->first = answer->next;
  if (!host->first) host->end = &host->first;
  pthread_mutex_unlock(&host->mutex);
  return answer;
}

void host_free(struct host *host) {
  if (!host) return;
  for (struct answer *answer; (answer = take_answer(host));) {
    json_decref(answer->values);
    free(answer);
  }
  for (size_t i = 0; i < host->question_count; i++) free(host->questions[i]);
  free(host->questions);
  pthread_mutex_destroy(&host->mutex);
  free(host);
}

/* --- functions --- */

static struct host_function *find_function(struct host *host, const char *name) {
  for (size_t i = 0; i < host->function_count; i++)
    if (strcmp(host->functions[i].name, name) == 0) return &host->functions[i];
  return NULL;
}

bool host_offer(struct host *host, const char *name, od_host_fn call, void *context,
                struct error *error) {
  struct host_function *function = name ? find_function(host, name) : NULL;
  if (!name || !*name || strlen(name) >= sizeof function->name)
    return error_set(error, "misuse", "a function's name has 1 to %zu bytes",
                     sizeof function->name - 1);
  if (!function && host->function_count == FUNCTIONS)
    return error_set(error, "limit", "there are %d functions already", FUNCTIONS);
  if (!function) function = &host->functions[host->function_count++];
  snprintf(function->name, sizeof function->name, "%s", name);
  function->call = call;
  function->context = context;
  return true;
}

/* --- questions --- */

static uint64_t id_of(const struct question *question) {
  return (uint64_t)question->uses << 32 | question->place;
}

/* The question that waits for an answer under this id, or NULL. */
static struct question *find_question(const struct host *host, uint64_t id) {
  size_t place = id & UINT32_MAX;
  struct question *question =
      place < host->question_count ? host->questions[place] : NULL;
  return question && question->op && id_of(question) == id ? question : NULL;
}

static struct question *new_place(struct host *host) {
  size_t count = host->question_count;
  struct question **longer =
      count < QUESTIONS ? realloc(host->questions, (count + 1) * sizeof(void *)) : NULL;
  if (!longer) return NULL;
  host->questions = longer;
  struct question *question = calloc(1, sizeof *question);
  if (!question) return NULL;
  question->host = host;
  question->place = (uint32_t)count;
  return host->questions[host->question_count++] = question;
}

/* NULL if out of memory or of places. */
static struct question *open_question(struct host *host, struct op *op) {
  pthread_mutex_lock(&host->mutex);
  struct question *question = host->free;
  if (question)
    host->free = question->next;
  else
    question = new_place(host);
  if (question) {
    question->op = op;
    question->uses++;
    question->answered = false;
  }
  pthread_mutex_unlock(&host->mutex);
  return question;
}

static void close_question(struct question *question) {
  struct host *host = question->host;
  timer_cancel(question->timer);
  question->timer = NULL;
  pthread_mutex_lock(&host->mutex);
  question->op = NULL;
  question->next = host->free;
  host->free = question;
  pthread_mutex_unlock(&host->mutex);
}

/* --- answers --- */

static bool keep_answer(struct host *host, uint64_t id, struct answer *answer) {
  pthread_mutex_lock(&host->mutex);
  struct question *question = find_question(host, id);
  bool wanted = question && !question->answered;
  if (wanted) {
    question->answered = true;
    *host->end = answer;
    host->end = &answer->next;
  }
  pthread_mutex_unlock(&host->mutex);
  return wanted;
}

bool host_answer(struct host *host, uint64_t id, json_t *values, struct error *error) {
  struct answer *answer = values ? calloc(1, sizeof *answer) : NULL;
  if (!answer) {
    json_decref(values);
    return error_set(error, "memory", "out of memory for an answer");
  }
  answer->id = id;
  answer->values = values;
  if (keep_answer(host, id, answer)) {
    host->stir(host->context);
    return true;
  }
  json_decref(values);
  free(answer);
  return error_set(error, "gone",
                   "nobody waits for this answer: the run has ended or went on without "
                   "it, or it was answered before");
}

/* The answer to a question that was given up since is dropped. */
static void give(struct host *host, const struct answer *answer) {
  pthread_mutex_lock(&host->mutex);
  struct question *question = find_question(host, answer->id);
  struct op *op = question ? question->op : NULL;
  pthread_mutex_unlock(&host->mutex);
  if (!op) {
    json_decref(answer->values);
    return;
  }
  close_question(question);
  op_finish(op, answer->values);
}

void host_collect(struct host *host) {
  for (struct answer *answer; (answer = take_answer(host));) {
    give(host, answer);
    free(answer);
  }
}

/* --- the op --- */

static void out_of_patience(void *context) {
  struct question *question = context;
  struct op *op = question->op;
  question->timer = NULL;
  close_question(question);
  op_finish_error(op, "timeout", "the host has not answered in the time given");
}

static bool set_timeout(struct question *question, const json_t *args) {
  const json_t *timeout = json_object_get(args, "timeout");
  if (!timeout) return true;
  const struct bind_parts *parts = question->op->parts;
  question->timer = timer_in(parts->loop, parts->clock, json_number_value(timeout),
                             out_of_patience, question);
  return question->timer != NULL;
}

/* False if out of memory. */
static bool pose(struct question *question, const struct host_function *function,
                 const json_t *given) {
  struct host *host = question->host;
  struct run *run = question->op->owner;
  char *text = given ? json_dumps(given, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY)
                     : strdup("null");
  if (text)
    host->ask(host->context, function,
              &(struct od_request){
                  .size = sizeof(struct od_request),
                  .id = id_of(question),
                  .run = run_id(run),
                  .seq = run_seq(run),
                  .name = function->name,
                  .args = text,
              });
  free(text);
  return text != NULL;
}

static void ask(struct op *op, const struct host_function *function, const json_t *given,
                const json_t *args) {
  const struct bind_parts *parts = op->parts;
  struct question *question = open_question(parts->host, op);
  op->work = question;
  if (question && set_timeout(question, args) && pose(question, function, given)) return;
  if (question) close_question(question);
  op_finish_error(op, "limit", "out of memory for another question to the host");
}

static void begin(struct op *op, const json_t *args) {
  const struct bind_parts *parts = op->parts;
  const char *name = json_string_value(json_object_get(args, "name"));
  const struct host_function *function = name ? find_function(parts->host, name) : NULL;
  if (function && function->call)
    ask(op, function, json_object_get(args, "args"), args);
  else
    op_finish_error(op, "no_function", "the host has no function '%s'", name ? name : "");
}

static void cancel(struct op *op) {
  close_question(op->work);
}

/* What the host does with a question only the host knows. */
static bool touches(const json_t *args) {
  (void)args;
  return true;
}

const struct op_kind bind_host_op = {"host", begin, cancel, touches};

bool host_stands_in(struct host *host, const char *name, struct op *op,
                    const json_t *args) {
  const struct host_function *function = find_function(host, name);
  if (!function || !function->call) return false;
  op->kind = &bind_host_op; /* from here on it is a question like any other */
  ask(op, function, args, NULL);
  return true;
}
