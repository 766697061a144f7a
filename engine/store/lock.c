#include "store/lock.h"

#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct lock {
  int file;
  char path[];
};

static struct lock *make(const char *path) {
  size_t size = strlen(path) + sizeof "-lock";
  struct lock *lock = malloc(sizeof *lock + size);
  if (!lock) return NULL;
  lock->file = -1;
  snprintf(lock->path, size, "%s-lock", path);
  return lock;
}

/* The former holder removes the file as it leaves, maybe after we opened it. */
static bool is_current(const struct lock *lock) {
  struct stat held, named;
  return fstat(lock->file, &held) == 0 && stat(lock->path, &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* What is in memory belongs to this process: the name of a socket nobody talks to. */
static bool lock_memory(struct lock *lock) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1,
                        "outdial-%ld-%s", (long)getpid(), strrchr(lock->path, ':') + 1);
  size_t size = offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length;
  lock->file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (lock->file < 0) return false;
  if (bind(lock->file, (struct sockaddr *)&address, (socklen_t)size) == 0) return true;
  if (errno == EADDRINUSE) errno = EWOULDBLOCK;
  return false;
}

/* Belongs to the open file, not to the process, so it also holds within one process. */
static bool open_and_lock(struct lock *lock) {
  lock->file = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  return lock->file >= 0 && flock(lock->file, LOCK_EX | LOCK_NB) == 0;
}

/* Who holds it is told by the file; 0 if it doesn't say. */
static long holder(const struct lock *lock) {
  char text[24] = "";
  if (pread(lock->file, text, sizeof text - 1, 0) <= 0) return 0;
  return strtol(text, NULL, 10);
}

static bool explain(const struct lock *lock, const char *path, struct error *error) {
  if (lock->file < 0 || errno != EWOULDBLOCK)
    return error_set(error, "store", "cannot lock the store: %s: %s", lock->path,
                     strerror(errno));
  long process = holder(lock);
  char who[40] = "";
  if (process > 0) snprintf(who, sizeof who, " (process %ld)", process);
  return error_set(error, "store",
                   "the store %s is in use by another engine%s; stop that one or use "
                   "another file",
                   path, who);
}

static void sign(const struct lock *lock) {
  if (ftruncate(lock->file, 0) == 0) dprintf(lock->file, "%ld\n", (long)getpid());
}

struct lock *lock_take(const char *path, struct error *error) {
  struct lock *lock = make(path);
  if (!lock) {
    error_set(error, "store", "cannot lock the store %s: out of memory", path);
    return NULL;
  }
  bool memory = database_in_memory(path);
  if (memory && lock_memory(lock)) return lock;
  while (!memory && open_and_lock(lock)) {
    if (is_current(lock)) {
      sign(lock);
      return lock;
    }
    close(lock->file);
  }
  explain(lock, path, error);
  if (lock->file >= 0) close(lock->file);
  free(lock);
  return NULL;
}

void lock_release(struct lock *lock) {
  if (!lock) return;
  if (!database_in_memory(lock->path)) unlink(lock->path);
  close(lock->file);
  free(lock);
}
