/* What a durable turn costs at least with the packages the engine is built on: the
 * webhooks that `load` sends are answered with the flow pin's plans, but there is neither
 * flow nor provider nor Lua, and what is asked of a caller is fixed here.
 *
 *   bare 127.0.0.1:8081 [STORE]
 *
 * Any /hooks/routee/TOKEN?turn=N is answered, later in a turn of the loop than it came.
 * With a STORE it is on disk by then (keeper.h), without one nothing is kept. */
#include "keeper.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 4096 };

static struct {
  const char *address;
  struct ev_loop *loop;
  struct MHD_Daemon *daemon;
  ev_io ready;
  ev_idle wake;
  ev_prepare turn;
  struct turns gathering;
  struct keeper *keeper; /* NULL: nothing is kept */
} bare;

static void die(const char *what, const char *why) {
  fprintf(stderr, "bare: %s: %s\n", what, why);
  exit(1);
}

/* --- answers --- */

static void answer(struct turn *turn) {
  struct MHD_Response *response = MHD_create_response_from_buffer(
      strlen(turn->answer), turn->answer, MHD_RESPMEM_MUST_FREE);
  if (!response ||
      MHD_add_response_header(response, "Content-Type", "application/json") != MHD_YES ||
      MHD_queue_response(turn->connection, MHD_HTTP_OK, response) != MHD_YES)
    die("an answer", "not taken");
  MHD_destroy_response(response);
  MHD_resume_connection(turn->connection);
}

static void answer_all(struct turns *turns) {
  struct turn *turn;
  while ((turn = STAILQ_FIRST(turns))) {
    STAILQ_REMOVE_HEAD(turns, next);
    answer(turn); /* may be freed once the daemon runs */
  }
  ev_idle_start(bare.loop, &bare.wake);
}

/* The end of a turn of the loop. */
static void on_turn(struct ev_loop *loop, ev_prepare *turn, int events) {
  (void)loop, (void)turn, (void)events;
  if (STAILQ_EMPTY(&bare.gathering)) return;
  if (bare.keeper)
    keeper_take(bare.keeper, &bare.gathering);
  else
    answer_all(&bare.gathering);
}

/* --- requests --- */

static char *right_plan(void) {
  json_t *plan = json_pack(
      "{s:[{s:{s:s,s:s,s:s},s:s},{s:s,s:{s:s},s:s}]}", "verbs", "message", "gender",
      "female", "language", "en-GB", "text",
      "You will shortly be connected to the first available representative", "type",
      "SAY", "from", "Company Name", "to", "phone", "+306900000001", "type", "DIAL");
  char *text = json_dumps(plan, JSON_COMPACT);
  json_decref(plan);
  return text;
}

static char *wrong_plan(const struct turn *turn) {
  char url[160];
  snprintf(url, sizeof url, "http://%s/hooks/routee/%s?turn=%d", bare.address,
           turn->token, turn->number + 1);
  json_t *plan =
      json_pack("{s:[{s:{s:s,s:s,s:s},s:s},{s:s,s:i,s:b,s:s},{s:i,s:s}]}", "verbs",
                "message", "gender", "female", "language", "en-GB", "text",
                "Your four digits service number is not valid. Please try again.", "type",
                "SAY", "eventUrl", url, "maxDigits", 4, "submitOnHash", 1, "type",
                "COLLECT", "duration", 10, "type", "PAUSE");
  char *text = json_dumps(plan, JSON_COMPACT);
  json_decref(plan);
  return text;
}

/* False: no webhook of ours. */
static bool read_address(struct turn *turn, const char *path) {
  const char *number =
      MHD_lookup_connection_value(turn->connection, MHD_GET_ARGUMENT_KIND, "turn");
  if (!number || sscanf(path, "/hooks/routee/%32[0-9a-f]", turn->token) != 1)
    return false;
  snprintf(turn->run, sizeof turn->run, "%.12s", turn->token);
  turn->number = atoi(number);
  return turn->number > 0;
}

/* "9,9,9,9" → "9999" */
static bool read_digits(struct turn *turn, const char *tones) {
  char *end = turn->digits;
  for (; *tones; tones++)
    if (*tones != ',' && end < turn->digits + sizeof turn->digits - 1) *end++ = *tones;
  *end = '\0';
  return end > turn->digits;
}

static bool read_body(struct turn *turn) {
  const char *call, *tones;
  json_t *body = json_loadb(turn->body, turn->length, 0, NULL);
  bool good = json_unpack(body, "{s:s,s:s}", "conversationTrackingId", &call,
                          "collectedTones", &tones) == 0 &&
              read_digits(turn, tones);
  if (good) snprintf(turn->call, sizeof turn->call, "%s", call);
  json_decref(body);
  return good;
}

static enum MHD_Result take_turn(struct turn *turn, const char *path) {
  if (!read_address(turn, path) || !read_body(turn)) return MHD_NO;
  turn->received = (int64_t)(ev_now(bare.loop) * 1000);
  turn->answer = strcmp(turn->digits, "1234") == 0 ? right_plan() : wrong_plan(turn);
  if (!turn->answer) return MHD_NO;
  STAILQ_INSERT_TAIL(&bare.gathering, turn, next);
  MHD_suspend_connection(turn->connection);
  return MHD_YES;
}

/* Called first without data, then with each piece of the body, then without again. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method,
                                  const char *version, const char *data, size_t *length,
                                  void **slot) {
  (void)context, (void)method, (void)version;
  struct turn *turn = *slot;
  if (!turn) {
    if (!(*slot = turn = malloc(sizeof *turn))) return MHD_NO;
    turn->connection = connection;
    turn->length = 0;
    return MHD_YES;
  }
  if (!*length) return take_turn(turn, path);
  if (*length > sizeof turn->body - turn->length) return MHD_NO;
  memcpy(turn->body + turn->length, data, *length);
  turn->length += *length;
  *length = 0;
  return MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode code) {
  (void)context, (void)connection, (void)code;
  free(*slot);
}

static void run_daemon(void) {
  MHD_UNSIGNED_LONG_LONG unused;
  MHD_run(bare.daemon);
  if (MHD_get_timeout(bare.daemon, &unused) == MHD_YES)
    ev_idle_start(bare.loop, &bare.wake);
  else
    ev_idle_stop(bare.loop, &bare.wake);
}

static void on_ready(struct ev_loop *loop, ev_io *watcher, int events) {
  (void)loop, (void)watcher, (void)events;
  run_daemon();
}

static void on_wake(struct ev_loop *loop, ev_idle *watcher, int events) {
  (void)loop, (void)watcher, (void)events;
  run_daemon();
}

/* --- the start --- */

static void listen_on(const char *address) {
  struct sockaddr_in where = {.sin_family = AF_INET};
  char host[20];
  unsigned short port;
  if (sscanf(address, "%19[0-9.]:%hu", host, &port) != 2 ||
      inet_pton(AF_INET, host, &where.sin_addr) != 1)
    die("no address", address);
  where.sin_port = htons(port);
  bare.daemon = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, NULL,
      MHD_OPTION_SOCK_ADDR, &where, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
      MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
  if (!bare.daemon) die("cannot serve on", address);
  int ready = MHD_get_daemon_info(bare.daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  ev_io_init(&bare.ready, on_ready, ready, EV_READ);
  ev_io_start(bare.loop, &bare.ready);
  ev_idle_init(&bare.wake, on_wake);
  ev_set_priority(&bare.wake, EV_MAXPRI);
  ev_prepare_init(&bare.turn, on_turn);
  ev_prepare_start(bare.loop, &bare.turn);
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) die("usage", "bare ADDRESS [STORE]");
  bare.address = argv[1];
  STAILQ_INIT(&bare.gathering);
  bare.loop = ev_loop_new(EVFLAG_AUTO);
  if (!bare.loop) die("the loop", "out of memory");
  if (argc > 2) bare.keeper = keeper_open(bare.loop, argv[2], answer_all);
  listen_on(bare.address);
  ev_run(bare.loop, 0);
  return 0;
}
