/* A listening Unix socket, and its name in a folder. */
#ifndef HTTP_LOCAL_H
#define HTTP_LOCAL_H

#include "base/error.h"

#include <sys/types.h>
#include <sys/un.h>

struct local {
  char path[sizeof((struct sockaddr_un *)0)->sun_path];
  dev_t device; /* whose name it is: somebody else may have taken the path since */
  ino_t inode;
};

/* Listens at path, for the owner only. A socket that nobody serves any more is replaced;
 * anything else there is left alone. Returns the descriptor, or -1 with *error
 * ("listen"). */
int local_open(struct local *local, const char *path, struct error *error);

/* Takes the name away if it is still the same socket's; a zeroed one does nothing. */
void local_remove(const struct local *local);

#endif
