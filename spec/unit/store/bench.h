/* An open store on a loop of its own; what syncs are told and the log says is noted. */
#ifndef SPEC_STORE_BENCH_H
#define SPEC_STORE_BENCH_H

#include "store/store.h"

#include "folder.h"

enum { TOLD_MAX = 8 };

struct bench {
  struct folder folder;
  struct ev_loop *loop;
  struct log log;
  char said[8192];             /* every line that was logged */
  int told;                    /* syncs that were called */
  struct error tale[TOLD_MAX]; /* what each was told; code is empty for well */
  const char *query;           /* asked from outside while a sync is being called */
  char seen[TOLD_MAX][64];     /* the answers */
  struct store *store;
};

static inline void hear(void *context, enum log_level level, const char *line) {
  (void)level;
  struct bench *bench = context;
  size_t length = strlen(bench->said);
  snprintf(bench->said + length, sizeof bench->said - length, "%s\n", line);
}

static inline void open_store(struct bench *bench) {
  bench->store =
      store_open(bench->loop, bench->folder.path, &bench->log, &bench->folder.error);
  if (!bench->store) fail_msg("%s", bench->folder.error.message);
}

static inline void close_store(struct bench *bench) {
  store_close(bench->store);
  bench->store = NULL;
}

static inline int set_up(void **state) {
  struct bench *bench = calloc(1, sizeof *bench);
  folder_make(&bench->folder);
  bench->loop = ev_loop_new(0);
  bench->log = (struct log){.sink = hear, .context = bench, .most = LEVEL_DEBUG};
  open_store(bench);
  *state = bench;
  return 0;
}

static inline int tear_down(void **state) {
  struct bench *bench = *state;
  unlimit_files();
  store_close(bench->store);
  ev_loop_destroy(bench->loop);
  folder_remove(&bench->folder);
  free(bench);
  return 0;
}

static inline void tell(void *context, const struct error *error) {
  struct bench *bench = context;
  assert_true(bench->told < TOLD_MAX);
  if (error) bench->tale[bench->told] = *error;
  if (bench->query)
    snprintf(bench->seen[bench->told], sizeof bench->seen[0], "%s",
             look(bench->folder.path, bench->query));
  bench->told++;
}

static inline void sync_store(struct bench *bench) {
  assert_true(store_sync(bench->store, tell, bench));
}

/* Syncs, and lets the loop go on until the answer is there. */
static inline const struct error *outcome(struct bench *bench) {
  int before = bench->told;
  sync_store(bench);
  while (bench->told == before) ev_run(bench->loop, EVRUN_ONCE);
  return &bench->tale[before];
}

static inline void is_well(const struct error *error) {
  if (error->code[0]) fail_msg("%s", error->message);
}

static inline void shows(struct bench *bench, const char *sql, const char *line) {
  assert_string_equal(look(bench->folder.path, sql), line);
}

static inline void queue_run(struct bench *bench, const char *id, const char *state) {
  struct store_run run = {.id = id, .flow = "pin", .state = state, .created = 1};
  store_run(bench->store, &run);
}

static inline void queue_call(struct bench *bench, const char *id, const char *run) {
  struct store_call call = {
      .id = id, .run = run, .number = 1, .provider = "routee", .state = "queued"};
  store_call(bench->store, &call);
}

static inline void queue_event(struct bench *bench, const char *call, const char *key,
                               const char *payload, const char *answer) {
  struct store_event event = {.call = call,
                              .key = key,
                              .kind = "digits",
                              .source = "webhook",
                              .payload = payload,
                              .answer = answer,
                              .received = 5};
  store_event(bench->store, &event);
}

/* A script whose source takes so many bytes. */
static inline void queue_bulk(struct bench *bench, const char *hash, size_t bytes) {
  char *source = calloc(1, bytes + 1);
  assert_non_null(source);
  memset(source, 'x', bytes);
  struct store_script script = {.hash = hash,
                                .kind = "flow",
                                .name = "bulk",
                                .source = source,
                                .source_length = bytes};
  store_script(bench->store, &script);
  free(source);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
