#include "http/server.h"

#include "http/exchange.h"
#include "http/listener.h"
#include "http/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  HEAD_LIMIT = 16384,   /* bytes a connection may fill with request line and headers */
  FAREWELL_ROUNDS = 16, /* turns the last answers get to leave when stopping */
};

void server_wake(struct http_server *server) {
  server->woken = true;
  ev_idle_start(server->loop, &server->wake);
}

static bool has_pending(struct http_server *server) {
  MHD_UNSIGNED_LONG_LONG unused;
  return server->woken || MHD_get_timeout(server->daemon, &unused) == MHD_YES;
}

/* The daemon watches its sockets edge-triggered and tells nobody about resumed ones, so
 * what it leaves undone must be asked for. It has no time-outs of its own here: any
 * answer from MHD_get_timeout means now. */
static void run_daemon(struct http_server *server) {
  server->woken = false;
  MHD_run(server->daemon);
  if (has_pending(server))
    ev_idle_start(server->loop, &server->wake);
  else
    ev_idle_stop(server->loop, &server->wake);
}

static void on_ready(struct ev_loop *loop, ev_io *watcher, int events) {
  (void)loop, (void)events;
  run_daemon(watcher->data);
}

static void on_wake(struct ev_loop *loop, ev_idle *watcher, int events) {
  (void)loop, (void)events;
  run_daemon(watcher->data);
}

static void start_watchers(struct http_server *server) {
  int descriptor =
      MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  ev_io_init(&server->ready, on_ready, descriptor, EV_READ);
  server->ready.data = server;
  ev_io_start(server->loop, &server->ready);
  ev_idle_init(&server->wake, on_wake);
  ev_set_priority(&server->wake, EV_MAXPRI); /* or other busy watchers would starve it */
  server->wake.data = server;
}

static void note(void *context, const char *format, va_list arguments) {
  const struct http_server *server = context;
  char line[512];
  vsnprintf(line, sizeof line, format, arguments);
  line[strcspn(line, "\n")] = '\0';
  log_line(server->plan.log, LEVEL_DEBUG, "http server: %s", line);
}

static struct MHD_Daemon *start_daemon(struct http_server *server, int listener) {
  struct MHD_OptionItem options[] = {
      {MHD_OPTION_LISTEN_SOCKET, listener, NULL},
      {MHD_OPTION_CONNECTION_LIMIT, server->plan.connections, NULL},
      {MHD_OPTION_PER_IP_CONNECTION_LIMIT, server->plan.per_address, NULL},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEAD_LIMIT, NULL},
      {MHD_OPTION_CONNECTION_TIMEOUT, 0, NULL}, /* ours is stricter: patience */
      {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)exchange_connection, server},
      {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)exchange_request_line, server},
      {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)exchange_unescape, server},
      {MHD_OPTION_END, 0, NULL},
  };
  unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
  return MHD_start_daemon(flags, 0, NULL, NULL, exchange_access, server,
                          MHD_OPTION_EXTERNAL_LOGGER, note, server, /* must be first */
                          MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static struct http_server *new_server(struct ev_loop *loop,
                                      const struct http_server_plan *plan) {
  struct http_server *server = calloc(1, sizeof *server);
  if (!server) return NULL;
  server->loop = loop;
  server->plan = *plan;
  server->plan.address = NULL;
  if (!server->plan.body_limit) server->plan.body_limit = 65536;
  if (server->plan.patience <= 0) server->plan.patience = 10;
  if (!server->plan.connections) server->plan.connections = 1024;
  TAILQ_INIT(&server->waiting);
  TAILQ_INIT(&server->streams);
  patience_init(&server->patience, loop, server->plan.patience, exchange_cut);
  return server;
}

static int open_listener(const struct http_server_plan *plan, struct local *local,
                         struct error *error) {
  static const char scheme[] = "unix:";
  *local = (struct local){0};
  if (strncmp(plan->address, scheme, sizeof scheme - 1) == 0)
    return local_open(local, plan->address + sizeof scheme - 1, error);
  return listener_open(plan->address, plan->port, error);
}

struct http_server *http_server_new(struct ev_loop *loop,
                                    const struct http_server_plan *plan,
                                    struct error *error) {
  struct local local;
  int listener = open_listener(plan, &local, error);
  if (listener < 0) return NULL;
  struct http_server *server = new_server(loop, plan);
  if (!server) goto fail;
  server->local = local;
  server->port = listener_port(listener);
  server->daemon = start_daemon(server, listener);
  if (!server->daemon) goto fail;
  start_watchers(server);
  return server;

fail:
  error_set(error, "listen", "cannot serve on %s:%u: out of memory or open files",
            plan->address, plan->port);
  free(server);
  close(listener);
  local_remove(&local);
  return NULL;
}

/* The last answers leave as far as their clients' sockets take them at once. */
static void say_farewell(struct http_server *server) {
  static const char stopping[] =
      "{\"error\":{\"code\":\"stopping\",\"message\":\"the engine is stopping\"}}";
  struct http_exchange *exchange;
  while ((exchange = TAILQ_FIRST(&server->waiting)))
    http_answer_send(exchange, 503, stopping, sizeof stopping - 1);
  streams_end(server);
  for (int round = 0; round < FAREWELL_ROUNDS && has_pending(server); round++)
    run_daemon(server);
}

void http_server_free(struct http_server *server) {
  if (!server) return;
  server->stopping = true;
  int listener = MHD_quiesce_daemon(server->daemon);
  if (listener >= 0) close(listener);
  local_remove(&server->local);
  say_farewell(server);
  ev_io_stop(server->loop, &server->ready);
  MHD_stop_daemon(server->daemon);
  ev_idle_stop(server->loop, &server->wake); /* closing connections woke it */
  patience_stop(&server->patience);
  free(server);
}

unsigned short http_server_port(const struct http_server *server) {
  return server->port;
}
