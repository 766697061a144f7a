/* The name service of these tests, in place of the system's getaddrinfo:
 *   service.test   127.0.0.1
 *   stuckN.test    does not come back until names_release
 *   missing.test   does not exist */
#ifndef SPEC_NAMES_H
#define SPEC_NAMES_H

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  unsigned asked;     /* for service.test */
  unsigned stuck;     /* lookups that went in and have not come out */
  unsigned stuck_all; /* lookups that went in */
  bool open;
} names = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int names_be_stuck(void) {
  pthread_mutex_lock(&names.lock);
  names.stuck++;
  names.stuck_all++;
  pthread_cond_broadcast(&names.changed);
  while (!names.open) pthread_cond_wait(&names.changed, &names.lock);
  names.stuck--;
  pthread_cond_broadcast(&names.changed);
  pthread_mutex_unlock(&names.lock);
  return EAI_AGAIN;
}

static inline unsigned names_wait_stuck(unsigned at_least) {
  pthread_mutex_lock(&names.lock);
  while (names.stuck < at_least) pthread_cond_wait(&names.changed, &names.lock);
  unsigned stuck = names.stuck;
  pthread_mutex_unlock(&names.lock);
  return stuck;
}

/* Lets all out, waits until they are, and gives how many had gone in. */
static inline unsigned names_release(void) {
  pthread_mutex_lock(&names.lock);
  names.open = true;
  pthread_cond_broadcast(&names.changed);
  while (names.stuck) pthread_cond_wait(&names.changed, &names.lock);
  unsigned all = names.stuck_all;
  names.stuck_all = 0;
  names.open = false;
  pthread_mutex_unlock(&names.lock);
  return all;
}

static inline unsigned names_asked(void) {
  pthread_mutex_lock(&names.lock);
  unsigned asked = names.asked;
  names.asked = 0;
  pthread_mutex_unlock(&names.lock);
  return asked;
}

typedef int (*getaddrinfo_fn)(const char *, const char *, const struct addrinfo *,
                              struct addrinfo **);

__attribute__((visibility("default"))) int getaddrinfo(const char *host,
                                                       const char *service,
                                                       const struct addrinfo *wanted,
                                                       struct addrinfo **found) {
  getaddrinfo_fn real = (getaddrinfo_fn)dlsym(RTLD_NEXT, "getaddrinfo");
  if (!host || !strcasestr(host, ".test")) return real(host, service, wanted, found);
  if (strncmp(host, "stuck", 5) == 0) return names_be_stuck();
  if (strcasecmp(host, "service.test") != 0) return EAI_NONAME;
  pthread_mutex_lock(&names.lock);
  names.asked++;
  pthread_mutex_unlock(&names.lock);
  return real("127.0.0.1", service, wanted, found);
}

#endif
