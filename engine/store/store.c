#include "store/store.h"

#include "base/pace.h"
#include "base/worker.h"
#include "store/batch.h"
#include "store/reader.h"
#include "store/row.h"
#include "store/writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* While rows of so many bytes wait for the disk, nobody begins what makes more of them,
 * see store_has_room: no run starts, no flow's next op, no webhook is taken, no poll is
 * kept that brings nothing new. What has begun may still end, and each of that adds its
 * rows once: a run the answer of one op and the question for the next, a call the states
 * above its own. So what waits is bounded by this and by what was under way then. */
enum { ROOM = 64 << 20 };

#define RETRY_SECONDS 1.0

/* What the worker's thread has to tell of a write. */
struct outcome {
  bool wrote;           /* else nothing was, and the rows are still there */
  struct error failed;  /* why not */
  struct error refused; /* why a row was left out */
};

/* While one batch is being written the next one gathers. While busy, the worker's thread
 * owns writer and outcome; batch is then only read, by either thread. */
struct store {
  struct ev_loop *loop;
  const struct log *log;
  struct worker *worker;
  struct writer *writer;
  struct reader *reader;
  struct outcome outcome; /* of the last write */
  struct error verdict;   /* what those who wait for it are told; no code: it is well */
  struct error trouble;   /* why the last write failed; counts while failing */
  struct pace pace;       /* of telling them */
  ev_timer rest;          /* to those who are told in the next turn */
  struct batch gathering, batch;
  ev_prepare turn; /* the end of a turn of the loop: what has gathered is to be written */
  ev_timer retry;  /* ticks while failing */
  bool busy;       /* a job is with the worker, or not all have been told of it */
  bool failing;    /* rows of a failed write wait in batch to be tried again */
  bool closing;
  struct store_figures figures;
};

/* On the worker's thread, or on the loop's when there is none or nothing to write. */
static void write_batch(void *context) {
  struct store *store = context;
  struct outcome *outcome = &store->outcome;
  outcome->refused = (struct error){0};
  outcome->wrote =
      !store->batch.rows.first || writer_write(store->writer, &store->batch.rows,
                                               &outcome->failed, &outcome->refused);
}

/* On the worker's thread. */
static void carry_over(void *context) {
  writer_checkpoint(((struct store *)context)->writer);
}

/* When the disk is failing, only somebody who waits for an answer is worth a new try;
 * rows alone are left to the retry timer. */
static void write_soon(struct store *store) {
  if (store->busy || store->closing) return;
  if (store->failing && !store->gathering.first_sync) return;
  ev_prepare_start(store->loop, &store->turn);
}

static void carried_over(void *context);

/* After a job: the next batch, or else some tidying. */
static void go_on(struct store *store) {
  if (store->closing) return;
  bool idle = batch_is_empty(&store->gathering);
  if (writer_wants_checkpoint(store->writer, idle))
    store->busy = worker_submit(store->worker, carry_over, carried_over, store);
  if (!idle) write_soon(store);
}

static void carried_over(void *context) {
  struct store *store = context;
  store->busy = false;
  go_on(store);
}

static void note_success(struct store *store) {
  if (store->failing)
    log_line(store->log, LEVEL_WARNING, "the store %s can be written again",
             writer_path(store->writer));
  store->failing = false;
  ev_timer_stop(store->loop, &store->retry);
  if (!store->batch.rows.first) return;
  store->figures.rows += store->batch.rows.count;
  store->figures.commits++;
  rows_free(&store->batch.rows);
}

static void note_failure(struct store *store) {
  if (!store->failing)
    log_line(store->log, LEVEL_ERROR, "%s; trying again", store->outcome.failed.message);
  store->failing = true;
  store->trouble = store->outcome.failed;
  if (!store->closing) ev_timer_again(store->loop, &store->retry);
}

static void note_refusal(struct store *store) {
  if (!store->outcome.refused.code[0]) return;
  log_line(store->log, LEVEL_ERROR, "%s", store->outcome.refused.message);
  store->batch.refused = store->outcome.refused;
}

/* A refusal is kept for those who can be told. */
static struct error judge(struct store *store) {
  struct error verdict = {0};
  if (!store->batch.first_sync) return verdict;
  if (!store->outcome.wrote) return store->outcome.failed;
  verdict = store->batch.refused;
  store->batch.refused = (struct error){0};
  return verdict;
}

/* Those who wait go on with their work right away, so that they are told a few in a
 * turn. */
static void settle(struct store *store) {
  const struct error *error = store->verdict.code[0] ? &store->verdict : NULL;
  while (store->closing || pace_allows(&store->pace, store->loop)) {
    if (batch_settle_one(&store->batch, error)) continue;
    store->busy = false;
    go_on(store);
    return;
  }
  ev_timer_set(&store->rest, 0, 0);
  ev_timer_start(store->loop, &store->rest);
}

static void on_rest(struct ev_loop *loop, ev_timer *rest, int events) {
  (void)loop, (void)events;
  settle(rest->data);
}

static void written(void *context) {
  struct store *store = context;
  store->busy = true;
  if (store->outcome.wrote)
    note_success(store);
  else
    note_failure(store);
  note_refusal(store);
  store->verdict = judge(store);
  settle(store);
}

static void write_now(struct store *store) {
  if (store->busy) return;
  batch_move(&store->batch, &store->gathering);
  if (!store->batch.rows.first) {
    write_batch(store);
    written(store);
    return;
  }
  store->busy = worker_submit(store->worker, write_batch, written, store);
  if (store->busy) return;
  store->outcome.refused = (struct error){0};
  store->outcome.wrote =
      error_set(&store->outcome.failed, "store", "cannot write to the store %s: %s",
                writer_path(store->writer), "out of memory");
  written(store);
}

static void on_turn(struct ev_loop *loop, ev_prepare *turn, int events) {
  (void)events;
  ev_prepare_stop(loop, turn);
  write_now(turn->data);
}

static void on_retry(struct ev_loop *loop, ev_timer *retry, int events) {
  (void)loop, (void)events;
  write_now(retry->data);
}

struct store *store_open(struct ev_loop *loop, const char *path, const struct log *log,
                         struct error *error) {
  struct store *store = calloc(1, sizeof *store);
  if (!store) {
    error_set(error, "store", "cannot open the store %s: out of memory", path);
    return NULL;
  }
  store->loop = loop;
  store->log = log;
  batch_init(&store->gathering);
  batch_init(&store->batch);
  ev_prepare_init(&store->turn, on_turn);
  ev_timer_init(&store->retry, on_retry, 0, RETRY_SECONDS);
  ev_timer_init(&store->rest, on_rest, 0, 0);
  store->turn.data = store->retry.data = store->rest.data = store;
  store->writer = writer_open(path, error);
  if (!store->writer) goto fail;
  store->reader = reader_open(loop, writer_path(store->writer), error);
  if (!store->reader) goto fail;
  store->worker = worker_new(loop);
  if (store->worker) return store;
  error_set(error, "store", "cannot open the store %s: no thread to write it", path);
fail:
  reader_close(store->reader);
  writer_close(store->writer);
  free(store);
  return NULL;
}

/* The worker is gone: the rest is written right here, once. */
static void write_rest(struct store *store) {
  do {
    batch_move(&store->batch, &store->gathering);
    write_batch(store);
    written(store);
  } while (store->outcome.wrote && !batch_is_empty(&store->gathering));
  size_t lost = store->batch.rows.count + store->gathering.rows.count;
  if (lost)
    log_line(store->log, LEVEL_ERROR, "%zu rows were not written: %s", lost,
             store->outcome.failed.message);
}

void store_close(struct store *store) {
  if (!store) return;
  store->closing = true;
  ev_prepare_stop(store->loop, &store->turn);
  ev_timer_stop(store->loop, &store->retry);
  ev_timer_stop(store->loop, &store->rest);
  worker_free(store->worker);
  if (store->batch.first_sync) settle(store);
  write_rest(store);
  log_line(store->log, LEVEL_DEBUG,
           "the store %s: %" PRIu64 " rows in %" PRIu64 " commits",
           writer_path(store->writer), store->figures.rows, store->figures.commits);
  reader_close(store->reader);
  batch_free(&store->batch);
  batch_free(&store->gathering);
  writer_close(store->writer);
  free(store);
}

static void lose(struct store *store) {
  struct error *refused = &store->gathering.refused;
  if (refused->code[0]) return;
  error_set(refused, "store", "the store %s lost a row: out of memory",
            writer_path(store->writer));
  log_line(store->log, LEVEL_ERROR, "%s", refused->message);
}

static bool push(struct store *store, struct row *row) {
  if (!row) {
    lose(store);
    return false;
  }
  rows_push(&store->gathering.rows, row);
  write_soon(store);
  return true;
}

void store_script(struct store *store, const struct store_script *script) {
  push(store, row_of_script(script));
}

void store_run(struct store *store, const struct store_run *run) {
  push(store, row_of_run(run));
}

bool store_op(struct store *store, const struct store_op *op) {
  return push(store, row_of_op(op));
}

bool store_call(struct store *store, const struct store_call *call) {
  return push(store, row_of_call(call));
}

void store_event(struct store *store, const struct store_event *event) {
  push(store, row_of_event(event));
}

void store_request(struct store *store, const struct store_request *request) {
  push(store, row_of_request(request));
}

void store_live(struct store *store, const struct store_live *live) {
  push(store, row_of_live(live));
}

void store_forget(struct store *store, const char *run) {
  push(store, row_to_forget(run));
}

bool store_sync(struct store *store, store_done_fn done, void *context) {
  if (!batch_sync(&store->gathering, done, context)) return false;
  write_soon(store);
  return true;
}

/* A question that waits for the rows before it. */
struct question {
  struct store *store;
  enum store_question kind;
  char *values[4];
  store_answer_fn answer;
  void *context;
};

static void question_free(struct question *question) {
  for (size_t i = 0; i < 4; i++) free(question->values[i]);
  free(question);
}

static void ask_now(void *context, const struct error *error) {
  struct question *question = context;
  struct error wrong = {.code = "memory", .message = "out of memory for a question"};
  if (error) wrong = *error;
  bool asked = !error && !question->store->closing &&
               reader_ask(question->store->reader, question->kind,
                          (const char *const *)question->values, question->answer,
                          question->context);
  if (!asked) question->answer(question->context, NULL, &wrong);
  question_free(question);
}

bool store_ask(struct store *store, enum store_question kind, const char *const *values,
               store_answer_fn answer, void *context) {
  struct question *question = calloc(1, sizeof *question);
  if (!question) return false;
  *question = (struct question){
      .store = store, .kind = kind, .answer = answer, .context = context};
  bool whole = true;
  for (size_t i = 0; i < 4 && values[i]; i++)
    whole = (question->values[i] = strdup(values[i])) != NULL && whole;
  if (whole && store_sync(store, ask_now, question)) return true;
  question_free(question);
  return false;
}

bool store_has_room(const struct store *store, struct error *error) {
  if (store->batch.rows.bytes + store->gathering.rows.bytes < ROOM) return true;
  return error_set(error, "store", "too much waits for the disk already: %s",
                   store->failing ? store->trouble.message : "it is slow");
}

bool store_is_busy(const struct store *store) {
  return store->busy || reader_is_busy(store->reader);
}

void store_measure(const struct store *store, struct store_figures *figures) {
  *figures = store->figures;
  figures->waiting = store->batch.rows.count + store->gathering.rows.count;
  figures->failing = store->failing;
}
