#include "http/resolver.h"

#include "base/clock.h"
#include "http/lookup.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

enum {
  LOOKUPS_AT_ONCE = 16, /* threads */
  NAMES_KEPT = 256
};

static const double fresh_for = 60; /* seconds; getaddrinfo does not tell the real one */

struct resolver_query {
  TAILQ_ENTRY(resolver_query) link;
  struct name *name;
  resolver_done_fn done;
  void *context;
};

struct name {
  TAILQ_ENTRY(name) link;
  struct resolver *resolver;
  TAILQ_HEAD(, resolver_query) queries;
  enum { IDLE, QUEUED, UNDER_WAY } state;
  double until; /* on the monotonic clock: the addresses hold till then */
  char host[LOOKUP_HOST_SIZE];
  char addresses[LOOKUP_ANSWER_SIZE];
};

struct resolver {
  struct lookup_desk *desk;
  TAILQ_HEAD(, name) names; /* in the order they were first asked for */
  unsigned name_count, under_way;
};

static void on_results(struct ev_loop *loop, ev_async *watcher, int events);

struct resolver *resolver_new(struct ev_loop *loop) {
  struct resolver *resolver = calloc(1, sizeof *resolver);
  if (!resolver) return NULL;
  TAILQ_INIT(&resolver->names);
  resolver->desk = lookup_desk_new(loop, on_results, resolver);
  if (resolver->desk) return resolver;
  free(resolver);
  return NULL;
}

static void name_free(struct name *name) {
  TAILQ_REMOVE(&name->resolver->names, name, link);
  name->resolver->name_count--;
  free(name);
}

void resolver_free(struct resolver *resolver) {
  lookup_desk_close(resolver->desk);
  struct name *name;
  while ((name = TAILQ_FIRST(&resolver->names))) {
    struct resolver_query *query;
    while ((query = TAILQ_FIRST(&name->queries))) {
      TAILQ_REMOVE(&name->queries, query, link);
      free(query);
    }
    name_free(name);
  }
  free(resolver);
}

static struct name *find(struct resolver *resolver, const char *host) {
  struct name *name;
  TAILQ_FOREACH(name, &resolver->names, link)
  if (strcasecmp(name->host, host) == 0) return name;
  return NULL;
}

const char *resolver_known(struct resolver *resolver, const char *host) {
  struct name *name = find(resolver, host);
  return name && clock_monotonic() < name->until ? name->addresses : NULL;
}

void resolver_forget(struct resolver *resolver, const char *host) {
  struct name *name = find(resolver, host);
  if (name) name->until = 0;
}

static void make_room(struct resolver *resolver) {
  if (resolver->name_count < NAMES_KEPT) return;
  struct name *name = TAILQ_FIRST(&resolver->names);
  while (name) {
    struct name *next = TAILQ_NEXT(name, link);
    if (name->state == IDLE) name_free(name);
    name = next;
  }
}

static struct name *add(struct resolver *resolver, const char *host) {
  if (strlen(host) >= LOOKUP_HOST_SIZE) return NULL;
  make_room(resolver);
  struct name *name = calloc(1, sizeof *name);
  if (!name) return NULL;
  name->resolver = resolver;
  strcpy(name->host, host);
  TAILQ_INIT(&name->queries);
  TAILQ_INSERT_TAIL(&resolver->names, name, link);
  resolver->name_count++;
  return name;
}

static void answer(struct name *name, bool found, const char *text) {
  struct resolver_query *query;
  while ((query = TAILQ_FIRST(&name->queries))) {
    TAILQ_REMOVE(&name->queries, query, link);
    query->done(query->context, found ? text : NULL, found ? NULL : text);
    free(query);
  }
}

/* A name whose thread cannot be started stays queued until the next occasion; its askers
 * have timeouts of their own. */
static void start_queued(struct resolver *resolver) {
  struct name *name;
  TAILQ_FOREACH(name, &resolver->names, link) {
    if (resolver->under_way == LOOKUPS_AT_ONCE) return;
    if (name->state != QUEUED) continue;
    if (!lookup_start(resolver->desk, name->host)) return;
    name->state = UNDER_WAY;
    resolver->under_way++;
  }
}

static void take_result(struct resolver *resolver, const struct lookup *lookup) {
  resolver->under_way--;
  struct name *name = find(resolver, lookup->host);
  if (!name) return; /* cannot be: names under way are kept */
  name->state = IDLE;
  if (lookup->found) {
    strcpy(name->addresses, lookup->answer);
    name->until = clock_monotonic() + fresh_for;
  }
  answer(name, lookup->found, lookup->answer);
}

static void on_results(struct ev_loop *loop, ev_async *watcher, int events) {
  (void)loop, (void)events;
  struct resolver *resolver = watcher->data;
  struct lookup *lookup = lookup_take(resolver->desk);
  while (lookup) {
    struct lookup *next = lookup->next;
    take_result(resolver, lookup);
    free(lookup);
    lookup = next;
  }
  start_queued(resolver);
}

struct resolver_query *resolver_ask(struct resolver *resolver, const char *host,
                                    resolver_done_fn done, void *context) {
  struct resolver_query *query = malloc(sizeof *query);
  if (!query) return NULL;
  struct name *name = find(resolver, host);
  if (!name) name = add(resolver, host);
  if (!name) {
    free(query);
    return NULL;
  }
  *query = (struct resolver_query){.name = name, .done = done, .context = context};
  TAILQ_INSERT_TAIL(&name->queries, query, link);
  if (name->state == IDLE) name->state = QUEUED;
  start_queued(resolver);
  return query;
}

void resolver_drop(struct resolver_query *query) {
  struct name *name = query->name;
  TAILQ_REMOVE(&name->queries, query, link);
  free(query);
  if (name->state == QUEUED && TAILQ_EMPTY(&name->queries)) name->state = IDLE;
}
