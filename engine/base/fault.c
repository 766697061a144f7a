#include "base/fault.h"

#ifdef OUTDIAL_FAULTS

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POINTS = 32 };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct {
  const char *name;
  unsigned long passages;
} points[POINTS];

static void note(const char *name) {
  const char *path = getenv("OUTDIAL_FAULT_LOG");
  int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  if (file < 0) return;
  dprintf(file, "%s\n", name);
  close(file);
}

/* The number of this passage, from 1. */
static unsigned long pass(const char *name) {
  unsigned long passage = 0;
  pthread_mutex_lock(&gate);
  for (size_t i = 0; i < POINTS && !passage; i++) {
    if (!points[i].name) points[i].name = name;
    if (strcmp(points[i].name, name) == 0) passage = ++points[i].passages;
  }
  note(name);
  pthread_mutex_unlock(&gate);
  return passage;
}

/* Whether "name:N", "name:N-M" or "name:N-" means this passage. */
static bool means(const char *fault, const char *name, unsigned long passage) {
  size_t length = strlen(name);
  if (strncmp(fault, name, length) != 0 || fault[length] != ':') return false;
  char *end;
  unsigned long first = strtoul(fault + length + 1, &end, 10), last = first;
  if (*end == '-') {
    char *digits = end + 1;
    last = strtoul(digits, &end, 10);
    if (end == digits) last = (unsigned long)-1;
  }
  return passage >= first && passage <= last;
}

bool fault_fails(const char *name) {
  const char *fault = getenv("OUTDIAL_FAULT");
  unsigned long passage = pass(name);
  for (; fault && *fault; fault += strcspn(fault, ",")) {
    if (*fault == ',') fault++;
    if (means(fault, name, passage)) return true;
  }
  return false;
}

void fault_point(const char *name) {
  if (fault_fails(name)) kill(getpid(), SIGKILL);
}

#endif
