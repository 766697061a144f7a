/* How long the engine holds the loop of its host while many runs are under way.
 *
 *   hold SCRIPTS STORE [COUNT]
 *
 * COUNT runs of the flow pin are started on a loop of the host's, placed with a Routee on
 * a thread of this program's own, left alone until they have left memory, and each is
 * brought a wrong number and then the right one by webhooks. Then the engine is freed
 * halfway through as many again, and another one takes up what it left. A hold is one
 * turn of the loop from its waking up to its going to sleep, less what the host did
 * itself in it; the thread's processor time, so that a busy machine is not blamed on the
 * engine. Prints one line of figures for each part. */
#include "outdial.h"
#include "routee.h"

#include <ev.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOLDS = 1 << 20, STEP = 10 /* calls or webhooks the host makes in a turn */ };

struct called {
  char path[200]; /* of the next webhook */
  char tracking[ROUTEE_ID_SIZE];
};

static struct {
  int count;
  struct ev_loop *loop;
  struct od_engine *engine;
  ev_check woken;
  ev_prepare going;
  ev_timer feed, rest;
  double began, own; /* of this turn: its start, and the host's part */
  double *holds;     /* seconds */
  size_t hold_count;
  double longest_call; /* of the host into the library */
  int started, placed, turned, answered, finished, turns;
  struct called *calls;
  int call_count; /* written by Routee's thread under the mutex */
  pthread_mutex_t mutex;
  const char *scripts, *store;
  unsigned short routee;
} job = {.count = 10000, .mutex = PTHREAD_MUTEX_INITIALIZER};

static void die(const char *what, const char *why) {
  fprintf(stderr, "hold: %s: %s\n", what, why);
  exit(1);
}

static double cpu(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* On Routee's thread. */
static void note_call(const char *url, int length, const char *tracking) {
  const char *path = strchr(url + strlen("http://"), '/');
  pthread_mutex_lock(&job.mutex);
  struct called *called = &job.calls[job.call_count++];
  snprintf(called->path, sizeof called->path, "%.*s", length - (int)(path - url), path);
  snprintf(called->tracking, sizeof called->tracking, "%s", tracking);
  pthread_mutex_unlock(&job.mutex);
}

/* --- what a turn of the loop took --- */

static void on_woken(struct ev_loop *loop, ev_check *check, int events) {
  (void)loop, (void)check, (void)events;
  job.began = cpu();
  job.own = 0;
}

static void on_going(struct ev_loop *loop, ev_prepare *prepare, int events) {
  (void)loop, (void)prepare, (void)events;
  if (job.began > 0 && job.hold_count < HOLDS)
    job.holds[job.hold_count++] = cpu() - job.began - job.own;
  job.began = 0;
}

/* What the host does in a turn is its own affair. */
static void host_did(double since) {
  double took = cpu() - since;
  job.own += took;
  if (took > job.longest_call) job.longest_call = took;
}

static int ascending(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

static void report(const char *part) {
  qsort(job.holds, job.hold_count, sizeof *job.holds, ascending);
  size_t last = job.hold_count ? job.hold_count - 1 : 0;
  printf(
      "part=%s turns=%zu p50_us=%.0f p99_us=%.0f longest_ms=%.2f longest_call_ms=%.2f\n",
      part, job.hold_count, job.holds[last / 2] * 1e6, job.holds[last * 99 / 100] * 1e6,
      job.holds[last] * 1e3, job.longest_call * 1e3);
  fflush(stdout);
  job.began = 0; /* what the host does between two parts is no turn */
  job.hold_count = 0;
  job.longest_call = 0;
}

/* --- the host --- */

static void on_event(void *context, const char *run, const char *event) {
  (void)context, (void)run;
  if (strstr(event, "\"kind\":\"finished\"")) job.finished++;
  if (strstr(event, "\"kind\":\"call\"") && strstr(event, "\"state\":\"queued\""))
    if (++job.placed == job.count) ev_break(job.loop, EVBREAK_ALL);
}

static void on_log(void *context, enum od_level level, const char *line) {
  (void)context, (void)level;
  fprintf(stderr, "hold: %s\n", line);
}

static void open_engine(void) {
  char url[64], store[512], scripts[512];
  snprintf(url, sizeof url, "routee.url=http://127.0.0.1:%u", job.routee);
  snprintf(store, sizeof store, "engine.store=%s", job.store);
  snprintf(scripts, sizeof scripts, "engine.scripts=%s", job.scripts);
  const char *settings[] = {url,
                            store,
                            scripts,
                            "routee.access_token=token",
                            "engine.hooks=host",
                            "engine.public_url=http://host",
                            "engine.control=none",
                            NULL};
  struct od_config config = {.size = sizeof config,
                             .settings = settings,
                             .loop = job.loop,
                             .event = on_event,
                             .log = on_log,
                             .log_level = OD_WARNING};
  struct od_error error;
  job.engine = od_engine_new(&config, &error);
  if (!job.engine) die("the engine", error.message);
}

static void start_one(void) {
  char params[160], run[OD_RUN_SIZE];
  struct od_error error;
  snprintf(params, sizeof params,
           "{\"to\":\"+3069%08d\",\"pin\":\"1234\",\"support\":\"+306900000001\"}",
           job.started++);
  if (!od_run_start(job.engine, "pin", params, on_event, NULL, run, &error))
    die("a run", error.message);
}

static void on_feed_runs(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)events;
  for (int i = 0; i < STEP && job.started < job.count; i++) {
    double since = cpu();
    start_one();
    host_did(since);
  }
  if (job.started == job.count) ev_timer_stop(loop, timer);
}

static void on_reply(void *context, int status, const char *body, size_t length) {
  struct called *called = context;
  static const char key[] = "\"eventUrl\":\"http://host";
  const char *url = body ? memmem(body, length, key, sizeof key - 1) : NULL;
  if (status != 200) die("a webhook", body ? body : "no body");
  if (url) {
    url += sizeof key - 1;
    snprintf(called->path, sizeof called->path, "%.*s", (int)strcspn(url, "\""), url);
  }
  if (++job.answered == job.count) ev_break(job.loop, EVBREAK_ALL);
}

static void turn_one(struct called *called) {
  char body[256];
  int length = snprintf(body, sizeof body,
                        "{\"messageId\":\"7a4dd6a5-3e8a-4fe3-9b26-1b0d34a16d4c\","
                        "\"conversationTrackingId\":\"%s\",\"collectedTones\":\"%s\"}",
                        called->tracking, job.turns ? "1,2,3,4" : "9,9,9,9");
  struct od_webhook webhook = {.size = sizeof webhook,
                               .method = "POST",
                               .target = called->path,
                               .body = body,
                               .length = (size_t)length};
  struct od_error error;
  if (!od_webhook(job.engine, &webhook, on_reply, called, &error))
    die("a webhook", error.message);
}

static void on_feed_turns(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)events;
  for (int i = 0; i < STEP && job.turned < job.count; i++) {
    double since = cpu();
    turn_one(&job.calls[job.turned++]);
    host_did(since);
  }
  if (job.turned == job.count) ev_timer_stop(loop, timer);
}

static void on_rested(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)timer, (void)events;
  ev_break(loop, EVBREAK_ALL);
}

static void rest(double seconds) {
  ev_timer_init(&job.rest, on_rested, seconds, 0);
  ev_timer_start(job.loop, &job.rest);
  ev_run(job.loop, 0);
}

static void feed(void (*step)(struct ev_loop *, ev_timer *, int)) {
  ev_timer_init(&job.feed, step, 0, 0.005);
  ev_timer_start(job.loop, &job.feed);
  ev_run(job.loop, 0);
}

/* A webhook for each call. */
static void play_turn(const char *part) {
  job.turned = job.answered = 0;
  feed(on_feed_turns);
  report(part);
  job.turns++;
}

static void free_engine(void) {
  double since = cpu();
  od_engine_free(job.engine);
  printf("part=free call_ms=%.2f\n", (cpu() - since) * 1e3);
}

static void prepare(char **argv, int argc) {
  if (argc < 3) die("usage", "hold SCRIPTS STORE [COUNT]");
  job.scripts = argv[1], job.store = argv[2];
  if (argc > 3) job.count = atoi(argv[3]);
  job.calls = calloc((size_t)job.count + 1, sizeof *job.calls);
  job.holds = calloc(HOLDS, sizeof *job.holds);
  job.loop = ev_loop_new(EVFLAG_AUTO);
  if (!job.calls || !job.holds || !job.loop || job.count < 1) die("usage", "COUNT");
  job.routee = routee_start(note_call);
  ev_check_init(&job.woken, on_woken);
  ev_set_priority(&job.woken, EV_MAXPRI);
  ev_check_start(job.loop, &job.woken);
  ev_prepare_init(&job.going, on_going);
  ev_set_priority(&job.going, EV_MINPRI);
  ev_prepare_start(job.loop, &job.going);
}

int main(int argc, char **argv) {
  prepare(argv, argc);
  open_engine();
  feed(on_feed_runs);
  report("start");
  rest(6); /* until they have left memory */
  report("rest");
  play_turn("turn-from-disk");
  free_engine();
  open_engine();
  struct od_error error;
  double since = cpu();
  if (!od_engine_serve(job.engine, &error)) die("serving", error.message);
  host_did(since);
  rest(6);
  report("recover");
  play_turn("last-turn");
  rest(4);
  report("end");
  free_engine();
  fflush(stdout);
  _Exit(0); /* Routee's thread knows no end */
}
