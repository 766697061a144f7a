#include "http/local.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const char *path, const char *why, struct error *error) {
  error_set(error, "listen", "cannot listen on %s: %s", path, why);
  return -1;
}

static struct sockaddr_un name_of(const char *path) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
  return name;
}

static int make_socket(void) {
  return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Whether somebody would answer there. */
static bool is_served(const struct sockaddr_un *name) {
  int client = make_socket();
  bool served =
      client >= 0 && (connect(client, (const struct sockaddr *)name, sizeof *name) == 0 ||
                      errno == EAGAIN);
  if (client >= 0) close(client);
  return served;
}

/* Makes room at the path; NULL, or why that cannot be. */
static const char *clear(const struct sockaddr_un *name) {
  struct stat found;
  if (lstat(name->sun_path, &found) != 0) return errno == ENOENT ? NULL : strerror(errno);
  if (!S_ISSOCK(found.st_mode))
    return "it is there already and is no socket; choose another path";
  if (is_served(name))
    return "another program listens there; stop it or choose another path";
  return unlink(name->sun_path) == 0 ? NULL : strerror(errno);
}

static int listen_at(const struct sockaddr_un *name) {
  int listener = make_socket();
  if (listener < 0) return -1;
  /* Before it has a name, so that nobody else ever finds it open to all. */
  if (fchmod(listener, 0600) == 0 &&
      bind(listener, (const struct sockaddr *)name, sizeof *name) == 0 &&
      listen(listener, SOMAXCONN) == 0)
    return listener;
  int reason = errno;
  close(listener);
  errno = reason;
  return -1;
}

int local_open(struct local *local, const char *path, struct error *error) {
  *local = (struct local){0};
  if (!*path || strlen(path) >= sizeof local->path)
    return refuse(path, "a socket's path has 1 to 107 bytes; choose a shorter one",
                  error);
  struct sockaddr_un name = name_of(path);
  const char *why = clear(&name);
  if (why) return refuse(path, why, error);
  int listener = listen_at(&name);
  if (listener < 0) return refuse(path, strerror(errno), error);
  struct stat made;
  if (lstat(path, &made) == 0) {
    snprintf(local->path, sizeof local->path, "%s", path);
    local->device = made.st_dev;
    local->inode = made.st_ino;
  }
  return listener;
}

void local_remove(const struct local *local) {
  struct stat found;
  if (!local->path[0] || lstat(local->path, &found) != 0) return;
  if (found.st_dev == local->device && found.st_ino == local->inode) unlink(local->path);
}
