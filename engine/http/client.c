#include "http/client.h"

#include "base/pace.h"
#include "http/transfer.h"

#include <pthread.h>
#include <stdlib.h>

enum {
  CONNECTIONS = 512,      /* at once in all; more requests wait their turn */
  CONNECTIONS_HOST = 128, /* so that one slow host cannot hold them all */
  CONNECTIONS_KEPT = 64
};

TAILQ_HEAD(transfers, http_transfer);

struct http_client {
  struct ev_loop *loop;
  const struct log *log;
  CURLM *multi;
  struct resolver *resolver;
  struct transfers under_way, ended; /* ended: done is still to be called */
  ev_timer timer;                    /* libcurl's */
  ev_timer turn; /* fed to the loop to have the next done called, in this turn or, when
                    much has ended, started for the next one */
  struct pace reading, telling;
  struct socket_watcher *spare;
  bool closing;
};

struct socket_watcher {
  ev_io io;
  struct http_client *client;
  struct socket_watcher *next; /* of the spare ones */
};

/* What a transfer may need at once: IPv6 and IPv4 are tried side by side. */
enum { SOCKETS_EACH = 2 };

/* libcurl gives up all transfers when a socket of one cannot be watched, so there has to
 * be memory for that before a transfer begins. */
static bool reserve(struct http_client *client) {
  for (int i = 0; i < SOCKETS_EACH; i++) {
    struct socket_watcher *watcher = calloc(1, sizeof *watcher);
    if (!watcher) return false;
    watcher->next = client->spare;
    client->spare = watcher;
  }
  return true;
}

static struct socket_watcher *take_spare(struct http_client *client) {
  struct socket_watcher *watcher = client->spare;
  if (watcher) client->spare = watcher->next;
  return watcher;
}

static void release(struct http_client *client) {
  for (int i = 0; i < SOCKETS_EACH; i++) free(take_spare(client));
}

/* What ended is only noted while libcurl's events are worked off; done is called last,
 * one a turn, for it may send, cancel or free the client. */
static void end(struct http_transfer *transfer) {
  struct http_client *client = transfer->client;
  ev_timer_stop(client->loop, &transfer->clock);
  TAILQ_REMOVE(&client->under_way, transfer, link);
  TAILQ_INSERT_TAIL(&client->ended, transfer, link);
  transfer->state = ENDED;
  ev_feed_event(client->loop, &client->turn, EV_CUSTOM);
}

static void tell(struct http_transfer *transfer) {
  transfer->state = TOLD;
  transfer->done(transfer->context, transfer->failed ? NULL : &transfer->answer,
                 transfer->failed ? &transfer->failure : NULL);
  http_transfer_free(transfer);
}

static void note(const struct http_transfer *transfer) {
  const struct log *log = transfer->client->log;
  double age = http_transfer_age(transfer);
  if (transfer->failed)
    log_line(log, LEVEL_DEBUG, "%s (%s, %.3f s, %s)", transfer->failure.error.message,
             transfer->failure.error.code, age, transfer->sent ? "sent" : "not sent");
  else
    log_line(log, LEVEL_DEBUG, "%s %s: status %d, %zu bytes, %.3f s",
             transfer->request->method, transfer->target.shown, transfer->answer.status,
             transfer->answer.body_length, age);
}

static void on_turn(struct ev_loop *loop, ev_timer *watcher, int events) {
  (void)events;
  struct http_client *client = watcher->data;
  struct http_transfer *transfer = TAILQ_FIRST(&client->ended);
  if (!transfer) return;
  if (!pace_allows(&client->telling, loop)) {
    ev_timer_set(watcher, 0, 0);
    ev_timer_start(loop, watcher);
    return;
  }
  TAILQ_REMOVE(&client->ended, transfer, link);
  if (!TAILQ_EMPTY(&client->ended)) ev_feed_event(loop, watcher, EV_CUSTOM);
  note(transfer);
  tell(transfer);
}

/* A result is invalid once its handle has left, so it is copied first. A name whose
 * address could not be reached is looked up anew the next time. */
static void collect(struct http_client *client) {
  int left;
  CURLMsg *message;
  while ((message = curl_multi_info_read(client->multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL *easy = message->easy_handle;
    CURLcode result = message->data.result;
    struct http_transfer *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    curl_multi_remove_handle(client->multi, easy);
    release(client);
    http_transfer_conclude(transfer, result);
    if (transfer->failed && !transfer->sent)
      resolver_forget(client->resolver, transfer->target.host);
    end(transfer);
  }
}

static void arm(struct http_client *client, long milliseconds) {
  ev_timer_stop(client->loop, &client->timer);
  if (milliseconds < 0) return;
  /* libcurl counts from now, libev from when it last looked; and a timer that fires early
   * is not set again by this libcurl. */
  ev_now_update(client->loop);
  ev_timer_set(&client->timer, milliseconds ? (double)(milliseconds + 1) / 1000 : 0, 0);
  ev_timer_start(client->loop, &client->timer);
}

/* Has libcurl do what is due by its clock. */
static void go_on(struct http_client *client) {
  int running;
  curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  collect(client);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events) {
  (void)loop, (void)events;
  struct http_client *client = watcher->data;
  go_on(client);
  long milliseconds = -1;
  if (!ev_is_active(watcher) && !curl_multi_timeout(client->multi, &milliseconds))
    arm(client, milliseconds);
}

static int on_timer_wanted(CURLM *multi, long milliseconds, void *context) {
  (void)multi;
  arm(context, milliseconds);
  return 0;
}

/* What is put off is told again in the next turn: libev watches by level. */
static void on_socket(struct ev_loop *loop, ev_io *io, int events) {
  struct http_client *client = ((struct socket_watcher *)io)->client;
  if (!pace_allows(&client->reading, loop)) return;
  int flags = (events & EV_READ ? CURL_CSELECT_IN : 0) |
              (events & EV_WRITE ? CURL_CSELECT_OUT : 0) |
              (events & EV_ERROR ? CURL_CSELECT_ERR : 0);
  int running;
  curl_multi_socket_action(client->multi, io->fd, flags, &running);
  collect(client);
}

static struct socket_watcher *watcher_new(struct http_client *client, curl_socket_t fd) {
  struct socket_watcher *watcher = take_spare(client);
  if (!watcher) watcher = calloc(1, sizeof *watcher);
  if (!watcher) return NULL;
  watcher->client = client;
  ev_io_init(&watcher->io, on_socket, fd, 0);
  curl_multi_assign(client->multi, fd, watcher);
  return watcher;
}

/* Setting the watcher anew even for the same events tells libev that the number may be
 * another socket by now. */
static int on_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context,
                            void *assigned) {
  (void)easy;
  struct http_client *client = context;
  struct socket_watcher *watcher = assigned;
  if (watcher) ev_io_stop(client->loop, &watcher->io);
  if (what == CURL_POLL_REMOVE) {
    if (!watcher) return 0;
    watcher->next = client->spare;
    client->spare = watcher;
    return 0;
  }
  if (!watcher) watcher = watcher_new(client, fd);
  if (!watcher) return -1;
  int events =
      (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0);
  ev_io_set(&watcher->io, fd, events);
  ev_io_start(client->loop, &watcher->io);
  return 0;
}

/* Never undone: other parts of the process may use libcurl too. */
static void initialise(void) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void configure(struct http_client *client) {
  CURLM *multi = client->multi;
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, client);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, client);
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS);
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS_HOST);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
}

struct http_client *http_client_new(struct ev_loop *loop, const struct log *log) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, initialise);
  struct http_client *client = calloc(1, sizeof *client);
  if (!client) return NULL;
  client->loop = loop;
  client->log = log;
  TAILQ_INIT(&client->under_way);
  TAILQ_INIT(&client->ended);
  ev_timer_init(&client->timer, on_timer, 0, 0);
  client->timer.data = client;
  ev_timer_init(&client->turn, on_turn, 0, 0);
  client->turn.data = client;
  client->multi = curl_multi_init();
  client->resolver = client->multi ? resolver_new(loop) : NULL;
  if (client->resolver) {
    configure(client);
    return client;
  }
  if (client->multi) curl_multi_cleanup(client->multi);
  free(client);
  return NULL;
}

/* Takes the transfer off the network and out of its list. */
static void detach(struct http_transfer *transfer) {
  struct http_client *client = transfer->client;
  ev_timer_stop(client->loop, &transfer->clock);
  if (transfer->query) resolver_drop(transfer->query);
  transfer->query = NULL;
  if (transfer->state != RUNNING) return;
  curl_multi_remove_handle(client->multi, transfer->easy);
  release(client);
}

void http_client_free(struct http_client *client) {
  client->closing = true;
  ev_timer_stop(client->loop, &client->turn); /* and nothing of it is pending */
  struct http_transfer *transfer;
  while ((transfer = TAILQ_FIRST(&client->ended))) {
    TAILQ_REMOVE(&client->ended, transfer, link);
    tell(transfer);
  }
  while ((transfer = TAILQ_FIRST(&client->under_way))) {
    TAILQ_REMOVE(&client->under_way, transfer, link);
    detach(transfer);
    http_transfer_fail(transfer, "canceled", "the engine is stopping");
    tell(transfer);
  }
  curl_multi_cleanup(client->multi);
  while (client->spare) release(client);
  ev_timer_stop(client->loop, &client->timer);
  resolver_free(client->resolver);
  free(client);
}

bool http_client_is_busy(const struct http_client *client) {
  return !TAILQ_EMPTY(&client->under_way) || !TAILQ_EMPTY(&client->ended);
}

void http_cancel(struct http_transfer *transfer) {
  if (transfer->state == TOLD) return; /* from inside its own done */
  struct http_client *client = transfer->client;
  detach(transfer);
  struct transfers *list = transfer->state == ENDED ? &client->ended : &client->under_way;
  TAILQ_REMOVE(list, transfer, link);
  http_transfer_free(transfer);
}

/* Its answer may be among what was put off. */
static void on_clock(struct ev_loop *loop, ev_timer *watcher, int events) {
  (void)events;
  struct http_transfer *transfer = watcher->data;
  if (pace_is_over(&transfer->client->reading, loop)) {
    ev_timer_set(watcher, 0, 0);
    ev_timer_start(loop, watcher);
    return;
  }
  detach(transfer);
  http_transfer_time_out(transfer);
  end(transfer);
}

static void set_clock(struct http_transfer *transfer, double limit) {
  struct ev_loop *loop = transfer->client->loop;
  double rest = limit - http_transfer_age(transfer);
  ev_timer_stop(loop, &transfer->clock);
  ev_now_update(loop);
  ev_timer_set(&transfer->clock, rest > 0 ? rest : 0, 0);
  ev_timer_start(loop, &transfer->clock);
}

/* Connects at once: libcurl would connect all that began in one go, and whoever begins
 * them knows how long it may take. */
static bool begin(struct http_transfer *transfer, const char *addresses) {
  struct http_client *client = transfer->client;
  if (!http_transfer_prepare(transfer, addresses) || !reserve(client)) return false;
  if (curl_multi_add_handle(client->multi, transfer->easy)) return false;
  transfer->state = RUNNING;
  set_clock(transfer, transfer->request->deadline);
  go_on(client);
  return true;
}

static void on_found(void *context, const char *addresses, const char *reason) {
  struct http_transfer *transfer = context;
  transfer->query = NULL;
  if (addresses && begin(transfer, addresses)) return;
  if (addresses)
    http_transfer_fail(transfer, "internal", "the transfer could not be started");
  else
    http_transfer_fail(transfer, "resolve", reason);
  end(transfer);
}

static bool launch(struct http_transfer *transfer) {
  struct resolver *resolver = transfer->client->resolver;
  if (!transfer->target.lookup) return begin(transfer, NULL);
  const char *addresses = resolver_known(resolver, transfer->target.host);
  if (addresses) return begin(transfer, addresses);
  transfer->query = resolver_ask(resolver, transfer->target.host, on_found, transfer);
  if (!transfer->query) return false;
  set_clock(transfer, transfer->request->connect_timeout);
  return true;
}

struct http_transfer *http_send(struct http_client *client,
                                const struct http_request *request, http_done_fn done,
                                void *context, struct error *error) {
  if (client->closing) {
    error_set(error, "canceled", "the engine is stopping; nothing more is sent");
    return NULL;
  }
  struct http_transfer *transfer = http_transfer_new(request, error);
  if (!transfer) return NULL;
  transfer->client = client;
  transfer->done = done;
  transfer->context = context;
  ev_timer_init(&transfer->clock, on_clock, 0, 0);
  ev_set_priority(&transfer->clock, EV_MINPRI); /* an answer that is here counts */
  transfer->clock.data = transfer;
  TAILQ_INSERT_TAIL(&client->under_way, transfer, link); /* it may end in launch */
  if (!launch(transfer)) {
    TAILQ_REMOVE(&client->under_way, transfer, link);
    error_set(error, "internal", "the request to %s could not be started",
              transfer->target.shown);
    http_transfer_free(transfer);
    return NULL;
  }
  return transfer;
}
