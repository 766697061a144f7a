/* Plays calls against a webhook server: each connection is one caller who keys a wrong
 * number, gets the next plan, and keys again at the address that the plan names.
 *
 *   load --connections 64 --seconds 3 [--to 127.0.0.1:8081] [--pid PID] < calls
 *
 * calls has a line for each call, as the program calls writes them: the address of its
 * first webhook and the provider's id of it. Prints one line of figures. */
#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  WARM_TURNS = 5,   /* before anything is measured: the call is in memory then */
  LAST_TURN = 1000, /* the engine takes no more of them in one call */
  PATH_SIZE = 256,
  ANSWER_SIZE = 16384,
};

struct player {
  ev_io watcher;
  int socket;
  int turns;            /* answered so far */
  char path[PATH_SIZE]; /* where the next webhook goes */
  char tracking[64];
  double sent;
  char answer[ANSWER_SIZE];
  size_t length;
};

static struct {
  struct ev_loop *loop;
  struct sockaddr_in server;
  char host[32];
  int connections, warm;
  double seconds;
  clockid_t clock; /* of the server's processor time */
  bool has_clock, measuring;
  double began, ended, cpu;
  struct player *players;
  float *latencies; /* seconds, of each measured turn */
  size_t count, room;
  ev_timer end;
} load = {.connections = 64, .seconds = 3};

static void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static double seconds_of(clockid_t clock) {
  struct timespec now;
  if (clock_gettime(clock, &now) != 0) die("the server has gone");
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- measuring --- */

static void begin(void) {
  load.measuring = true;
  load.began = seconds_of(CLOCK_MONOTONIC);
  if (load.has_clock) load.cpu = seconds_of(load.clock);
  ev_timer_set(&load.end, load.seconds, 0);
  ev_now_update(load.loop);
  ev_timer_start(load.loop, &load.end);
}

static void end(void) {
  load.ended = seconds_of(CLOCK_MONOTONIC);
  if (load.has_clock) load.cpu = seconds_of(load.clock) - load.cpu;
  ev_break(load.loop, EVBREAK_ALL);
}

static void on_end(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop, (void)timer, (void)events;
  end();
}

static void note(double latency) {
  if (load.count == load.room) {
    load.room = load.room ? load.room * 2 : 65536;
    load.latencies = realloc(load.latencies, load.room * sizeof *load.latencies);
    if (!load.latencies) die("out of memory");
  }
  load.latencies[load.count++] = (float)latency;
}

/* --- one turn --- */

static void send_turn(struct player *player) {
  char body[256], request[1024];
  int length =
      snprintf(body, sizeof body,
               "{\"messageId\":\"7a4dd6a5-3e8a-4fe3-9b26-1b0d34a16d4c\","
               "\"conversationTrackingId\":\"%s\",\"collectedTones\":\"9,9,9,9\"}",
               player->tracking);
  int size = snprintf(request, sizeof request,
                      "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                      "Content-Length: %d\r\n\r\n%s",
                      player->path, load.host, length, body);
  player->sent = seconds_of(CLOCK_MONOTONIC);
  if (write(player->socket, request, (size_t)size) != size)
    die("a webhook could not be sent: %s", strerror(errno));
}

/* The next webhook's path, out of the plan. */
static void read_plan(struct player *player, const char *body) {
  static const char key[] = "\"eventUrl\":\"";
  const char *url = strstr(body, key);
  if (!url) die("an answer without a COLLECT, at turn %d: %s", player->turns, body);
  url = strchr(url + sizeof key - 1 + strlen("http://"), '/');
  size_t length = strcspn(url, "\"");
  if (length >= sizeof player->path) die("an address that is too long: %s", url);
  memcpy(player->path, url, length);
  player->path[length] = '\0';
}

/* The answer's body once it is whole, or NULL. */
static char *whole(struct player *player) {
  player->answer[player->length] = '\0';
  char *body = strstr(player->answer, "\r\n\r\n");
  if (!body) return NULL;
  const char *header = strcasestr(player->answer, "\r\nContent-Length:");
  if (!header || header > body) die("an answer without a length: %s", player->answer);
  size_t length = strtoul(header + strlen("\r\nContent-Length:"), NULL, 10);
  body += 4;
  return player->length - (size_t)(body - player->answer) >= length ? body : NULL;
}

/* All calls are taken up before the first is measured. */
static void go_on(struct player *player) {
  if (load.measuring || player->turns < WARM_TURNS) {
    send_turn(player);
  } else if (++load.warm == load.connections) {
    begin();
    for (int i = 0; i < load.connections; i++) send_turn(&load.players[i]);
  }
}

static void on_answer(struct ev_loop *loop, ev_io *watcher, int events) {
  (void)loop, (void)events;
  struct player *player = watcher->data;
  ssize_t got = read(player->socket, player->answer + player->length,
                     sizeof player->answer - 1 - player->length);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) die("the server closed a connection at turn %d", player->turns);
  player->length += (size_t)got;
  char *body = whole(player);
  if (!body) return;
  if (load.measuring) note(seconds_of(CLOCK_MONOTONIC) - player->sent);
  if (strncmp(player->answer, "HTTP/1.1 200", 12) != 0)
    die("turn %d: %s", player->turns, player->answer);
  read_plan(player, body);
  player->length = 0;
  if (++player->turns == LAST_TURN - 1)
    end();
  else
    go_on(player);
}

/* --- the start --- */

static void read_address(const char *address) {
  char host[20];
  unsigned port;
  if (sscanf(address, "%19[0-9.]:%u", host, &port) != 2) die("no address: %s", address);
  load.server.sin_family = AF_INET;
  load.server.sin_port = htons((unsigned short)port);
  inet_pton(AF_INET, host, &load.server.sin_addr);
  snprintf(load.host, sizeof load.host, "%s:%u", host, port);
}

static void read_call(struct player *player) {
  char line[PATH_SIZE + 128], url[PATH_SIZE];
  if (!fgets(line, sizeof line, stdin)) die("not enough calls");
  if (sscanf(line, "http://%255s %63s", url, player->tracking) != 2)
    die("no call: %s", line);
  char *path = strchr(url, '/');
  if (!path) die("no path: %s", line);
  snprintf(player->path, sizeof player->path, "%s", path);
  *path = '\0';
  if (!load.host[0]) read_address(url);
}

static void open_player(struct player *player) {
  int yes = 1;
  read_call(player);
  player->socket = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(player->socket, (struct sockaddr *)&load.server, sizeof load.server) != 0)
    die("cannot connect to %s: %s", load.host, strerror(errno));
  setsockopt(player->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ev_io_init(&player->watcher, on_answer, player->socket, EV_READ);
  player->watcher.data = player;
  ev_io_start(load.loop, &player->watcher);
}

static void read_options(char **argv) {
  for (argv++; argv[0] && argv[1]; argv += 2) {
    if (strcmp(argv[0], "--connections") == 0)
      load.connections = atoi(argv[1]);
    else if (strcmp(argv[0], "--seconds") == 0)
      load.seconds = atof(argv[1]);
    else if (strcmp(argv[0], "--to") == 0)
      read_address(argv[1]);
    else if (strcmp(argv[0], "--pid") == 0)
      load.has_clock = clock_getcpuclockid(atoi(argv[1]), &load.clock) == 0;
    else
      break;
  }
  if (argv[0] || load.connections < 1) die("what is %s?", argv[0] ? argv[0] : "that");
}

static int compare(const void *left, const void *right) {
  float a = *(const float *)left, b = *(const float *)right;
  return (a > b) - (a < b);
}

static double percentile(double share) {
  return load.latencies[(size_t)((double)(load.count - 1) * share)] * 1e3;
}

static void print(void) {
  double lasted = load.ended - load.began, count = (double)load.count;
  qsort(load.latencies, load.count, sizeof *load.latencies, compare);
  printf("requests=%zu seconds=%.3f rate=%.0f cpu_us=%.2f p50_ms=%.3f p99_ms=%.3f\n",
         load.count, lasted, count / lasted, load.cpu * 1e6 / count, percentile(0.5),
         percentile(0.99));
}

int main(int argc, char **argv) {
  (void)argc;
  read_options(argv);
  load.loop = ev_loop_new(EVFLAG_AUTO);
  load.players = calloc((size_t)load.connections, sizeof *load.players);
  if (!load.loop || !load.players) die("out of memory");
  ev_timer_init(&load.end, on_end, 0, 0);
  for (int i = 0; i < load.connections; i++) open_player(&load.players[i]);
  for (int i = 0; i < load.connections; i++) send_turn(&load.players[i]);
  ev_run(load.loop, 0);
  if (!load.count) die("nothing was measured");
  print();
  return 0;
}
