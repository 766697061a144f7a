#include "http/lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lookup_desk {
  pthread_mutex_t lock;
  struct ev_loop *loop;
  ev_async wake;
  struct lookup *results;
  unsigned users; /* the owner and the threads */
  bool closed;
};

struct errand { /* what a thread is sent with */
  struct lookup_desk *desk;
  struct lookup *lookup;
};

/* Called with the desk locked. */
static void leave(struct lookup_desk *desk) {
  bool last = --desk->users == 0;
  pthread_mutex_unlock(&desk->lock);
  if (!last) return;
  pthread_mutex_destroy(&desk->lock);
  free(desk);
}

struct lookup_desk *lookup_desk_new(struct ev_loop *loop, lookup_wake_fn wake,
                                    void *context) {
  struct lookup_desk *desk = calloc(1, sizeof *desk);
  if (!desk) return NULL;
  pthread_mutex_init(&desk->lock, NULL);
  desk->loop = loop;
  desk->users = 1;
  ev_async_init(&desk->wake, wake);
  desk->wake.data = context;
  ev_async_start(loop, &desk->wake);
  ev_unref(loop); /* who waits for a name has a timer that keeps the loop running */
  return desk;
}

static void free_list(struct lookup *list) {
  while (list) {
    struct lookup *next = list->next;
    free(list);
    list = next;
  }
}

void lookup_desk_close(struct lookup_desk *desk) {
  ev_ref(desk->loop);
  ev_async_stop(desk->loop, &desk->wake);
  pthread_mutex_lock(&desk->lock);
  desk->closed = true;
  free_list(desk->results);
  leave(desk);
}

struct lookup *lookup_take(struct lookup_desk *desk) {
  pthread_mutex_lock(&desk->lock);
  struct lookup *results = desk->results;
  desk->results = NULL;
  pthread_mutex_unlock(&desk->lock);
  return results;
}

/* libcurl's form for addresses; one that needs a scope cannot be given to it. */
static bool show_address(const struct sockaddr *address, char *text, size_t size) {
  char plain[INET6_ADDRSTRLEN];
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *four = (const void *)address;
    if (!inet_ntop(AF_INET, &four->sin_addr, plain, sizeof plain)) return false;
    return snprintf(text, size, "%s", plain) > 0;
  }
  const struct sockaddr_in6 *six = (const void *)address;
  if (address->sa_family != AF_INET6 || six->sin6_scope_id) return false;
  if (!inet_ntop(AF_INET6, &six->sin6_addr, plain, sizeof plain)) return false;
  return snprintf(text, size, "[%s]", plain) > 0;
}

static void list_addresses(struct lookup *lookup, const struct addrinfo *found) {
  size_t used = 0;
  for (; found; found = found->ai_next) {
    char text[INET6_ADDRSTRLEN + 2];
    if (!show_address(found->ai_addr, text, sizeof text)) continue;
    if (used + strlen(text) + 2 > sizeof lookup->answer) break;
    used += (size_t)sprintf(lookup->answer + used, "%s%s", used ? "," : "", text);
  }
  lookup->found = used > 0;
  if (!used) strcpy(lookup->answer, "no usable address");
}

static void look_up(struct lookup *lookup) {
  struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  int wrong = getaddrinfo(lookup->host, NULL, &wanted, &found);
  if (wrong) {
    const char *reason = wrong == EAI_SYSTEM ? strerror(errno) : gai_strerror(wrong);
    snprintf(lookup->answer, sizeof lookup->answer, "%s", reason);
    return;
  }
  list_addresses(lookup, found);
  freeaddrinfo(found);
}

static void *run(void *context) {
  struct errand errand = *(struct errand *)context;
  free(context);
  look_up(errand.lookup);
  pthread_mutex_lock(&errand.desk->lock);
  if (errand.desk->closed) {
    free(errand.lookup);
  } else {
    errand.lookup->next = errand.desk->results;
    errand.desk->results = errand.lookup;
    ev_async_send(errand.desk->loop, &errand.desk->wake);
  }
  leave(errand.desk);
  return NULL;
}

/* Signals are the host's business and are taken on its own threads. */
static bool start_thread(struct errand *errand) {
  pthread_attr_t detached;
  if (pthread_attr_init(&detached)) return false;
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  bool started = pthread_create(&thread, &detached, run, errand) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&detached);
  return started;
}

bool lookup_start(struct lookup_desk *desk, const char *host) {
  struct errand *errand = malloc(sizeof *errand);
  struct lookup *lookup = calloc(1, sizeof *lookup);
  if (!errand || !lookup) goto fail;
  snprintf(lookup->host, sizeof lookup->host, "%s", host);
  *errand = (struct errand){.desk = desk, .lookup = lookup};
  pthread_mutex_lock(&desk->lock);
  desk->users++;
  pthread_mutex_unlock(&desk->lock);
  if (start_thread(errand)) return true;
  pthread_mutex_lock(&desk->lock);
  leave(desk);
fail:
  free(errand);
  free(lookup);
  return false;
}
