#include "keeper.h"

#include "store/database.h"
#include "store/schema.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHECKPOINT = 16000 /* pages, as in an engine that is busy */ };

enum statement { BEGIN, COMMIT, RUN, CALL, EVENT, OP, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [RUN] = "INSERT OR IGNORE INTO run (id, flow, state) VALUES (?, 'pin', 'running')",
    [CALL] =
        "INSERT OR IGNORE INTO call (id, run, number, provider, state)"
        " VALUES (?, ?, 1, 'routee', 'in_progress')",
    [EVENT] =
        "INSERT INTO event (call, key, kind, source, payload, answer, received)"
        " VALUES (?, ?, 'digits', 'webhook', ?, ?, ?)",
    [OP] =
        "INSERT INTO op (run, seq, op, args, digest, line, result, started, finished,"
        " file) VALUES (?, ?, 'collect', ?, ?, 18, ?, ?, ?, 'pin.lua')",
};

struct keeper {
  sqlite3 *db;
  sqlite3_stmt *statements[STATEMENTS];
  struct ev_loop *loop;
  keeper_done_fn done;
  ev_async written;
  bool busy; /* from the taking of a batch to the telling: it is the thread's */
  struct turns batch;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  bool handed; /* a batch, to the thread; under the mutex */
};

static void die(const char *what, const char *why) {
  fprintf(stderr, "bare: %s: %s\n", what, why);
  exit(1);
}

static void step(struct keeper *keeper, enum statement which) {
  sqlite3_stmt *statement = keeper->statements[which];
  sqlite3_step(statement);
  if (sqlite3_reset(statement) != SQLITE_OK) die(sql[which], sqlite3_errmsg(keeper->db));
}

static void bind_text(struct keeper *keeper, enum statement which, int at,
                      const char *text) {
  sqlite3_bind_text(keeper->statements[which], at, text, -1, SQLITE_STATIC);
}

static void bind_number(struct keeper *keeper, enum statement which, int at,
                        int64_t number) {
  sqlite3_bind_int64(keeper->statements[which], at, number);
}

static void write_call(struct keeper *keeper, const struct turn *turn) {
  bind_text(keeper, RUN, 1, turn->run);
  step(keeper, RUN);
  bind_text(keeper, CALL, 1, turn->call);
  bind_text(keeper, CALL, 2, turn->run);
  step(keeper, CALL);
}

static void write_event(struct keeper *keeper, const struct turn *turn) {
  char key[32], payload[128];
  snprintf(key, sizeof key, "digits:%d", turn->number);
  snprintf(payload, sizeof payload,
           "{\"digits\":\"%s\",\"id\":\"%s\",\"kind\":\"digits\",\"turn\":%d}",
           turn->digits, key, turn->number);
  bind_text(keeper, EVENT, 1, turn->call);
  bind_text(keeper, EVENT, 2, key);
  bind_text(keeper, EVENT, 3, payload);
  bind_text(keeper, EVENT, 4, turn->answer);
  bind_number(keeper, EVENT, 5, turn->received);
  step(keeper, EVENT);
}

static void write_op(struct keeper *keeper, const struct turn *turn) {
  char args[320], digest[65], result[32];
  snprintf(args, sizeof args,
           "{\"call\":1,\"max_digits\":4,\"submit_on_hash\":true,\"timeout\":10,"
           "\"verbs\":[{\"text\":\"Your four digits service number is not valid. Please "
           "try again.\",\"verb\":\"say\"},{\"max_digits\":4,\"submit_on_hash\":true,"
           "\"timeout\":10,\"turn\":%d,\"verb\":\"collect\"}]}",
           turn->number);
  snprintf(digest, sizeof digest, "%s%s", turn->token, turn->token); /* as long as one */
  snprintf(result, sizeof result, "[\"%s\"]", turn->digits);
  bind_text(keeper, OP, 1, turn->run);
  bind_number(keeper, OP, 2, turn->number);
  bind_text(keeper, OP, 3, args);
  bind_text(keeper, OP, 4, digest);
  bind_text(keeper, OP, 5, result);
  bind_number(keeper, OP, 6, turn->received);
  bind_number(keeper, OP, 7, turn->received);
  step(keeper, OP);
}

static void write_batch(struct keeper *keeper) {
  const struct turn *turn;
  step(keeper, BEGIN);
  STAILQ_FOREACH(turn, &keeper->batch, next) {
    if (turn->number == 1) write_call(keeper, turn);
    write_event(keeper, turn);
    write_op(keeper, turn);
  }
  step(keeper, COMMIT);
}

static void *run(void *context) {
  struct keeper *keeper = context;
  pthread_mutex_lock(&keeper->mutex);
  for (;;) {
    while (!keeper->handed) pthread_cond_wait(&keeper->changed, &keeper->mutex);
    pthread_mutex_unlock(&keeper->mutex);
    write_batch(keeper);
    pthread_mutex_lock(&keeper->mutex);
    keeper->handed = false;
    ev_async_send(keeper->loop, &keeper->written);
  }
  return NULL;
}

static void on_written(struct ev_loop *loop, ev_async *written, int events) {
  (void)loop, (void)events;
  struct keeper *keeper = written->data;
  pthread_mutex_lock(&keeper->mutex);
  keeper->busy = keeper->handed;
  pthread_mutex_unlock(&keeper->mutex);
  keeper->done(&keeper->batch);
}

bool keeper_take(struct keeper *keeper, struct turns *turns) {
  if (keeper->busy) return false;
  keeper->busy = true;
  STAILQ_CONCAT(&keeper->batch, turns);
  pthread_mutex_lock(&keeper->mutex);
  keeper->handed = true;
  pthread_cond_signal(&keeper->changed);
  pthread_mutex_unlock(&keeper->mutex);
  return true;
}

static void open_database(struct keeper *keeper, const char *path) {
  struct error error;
  char *file = database_file(path, &error);
  if (!file || !(keeper->db = database_open(file, &error)) ||
      !database_tune(keeper->db, &error) || !schema_advance(keeper->db, &error))
    die("the store", error.message);
  free(file);
  sqlite3_wal_autocheckpoint(keeper->db, CHECKPOINT);
  for (int i = 0; i < STATEMENTS; i++)
    if (sqlite3_prepare_v3(keeper->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                           &keeper->statements[i], NULL) != SQLITE_OK)
      die(sql[i], sqlite3_errmsg(keeper->db));
}

struct keeper *keeper_open(struct ev_loop *loop, const char *path, keeper_done_fn done) {
  struct keeper *keeper = calloc(1, sizeof *keeper);
  if (!keeper) die("the store", "out of memory");
  keeper->loop = loop;
  keeper->done = done;
  STAILQ_INIT(&keeper->batch);
  open_database(keeper, path);
  pthread_mutex_init(&keeper->mutex, NULL);
  pthread_cond_init(&keeper->changed, NULL);
  ev_async_init(&keeper->written, on_written);
  keeper->written.data = keeper;
  ev_async_start(loop, &keeper->written);
  if (pthread_create(&keeper->thread, NULL, run, keeper) != 0)
    die("the store", "no thread");
  return keeper;
}
