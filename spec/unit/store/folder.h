/* A temporary folder with a store's path in it, and a look at the file from outside. */
#ifndef SPEC_STORE_FOLDER_H
#define SPEC_STORE_FOLDER_H

#include "base/error.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct folder {
  char name[64];
  char path[80]; /* name/store.db, not made yet */
  struct error error;
};

static inline void folder_make(struct folder *folder) {
  *folder = (struct folder){.name = "/tmp/outdial-store-XXXXXX"};
  assert_non_null(mkdtemp(folder->name));
  snprintf(folder->path, sizeof folder->path, "%s/store.db", folder->name);
}

static inline void folder_remove(const struct folder *folder) {
  DIR *entries = opendir(folder->name);
  assert_non_null(entries);
  for (struct dirent *entry; (entry = readdir(entries));)
    if (entry->d_name[0] != '.') unlinkat(dirfd(entries), entry->d_name, 0);
  closedir(entries);
  assert_int_equal(rmdir(folder->name), 0);
}

static inline int folder_set_up(void **state) {
  static struct folder folder;
  folder_make(&folder);
  *state = &folder;
  return 0;
}

static inline int folder_tear_down(void **state) {
  folder_remove(*state);
  return 0;
}

static inline bool exists(const char *path, const char *suffix) {
  char name[128];
  snprintf(name, sizeof name, "%s%s", path, suffix);
  return access(name, F_OK) == 0;
}

static inline unsigned mode_of(const char *path, const char *suffix) {
  char name[128];
  struct stat status;
  snprintf(name, sizeof name, "%s%s", path, suffix);
  assert_int_equal(stat(name, &status), 0);
  return status.st_mode & 0777;
}

/* A connection that has nothing to do with the store's own. */
static inline sqlite3 *outsider(const char *path) {
  sqlite3 *db;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  assert_int_equal(sqlite3_open_v2(path, &db, flags, NULL), SQLITE_OK);
  return db;
}

static inline void run_outside(const char *path, const char *sql) {
  sqlite3 *db = outsider(path);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

/* The first row of a query, columns joined by '|', NULL as "-". */
static inline const char *look(const char *path, const char *sql) {
  static char line[1024];
  sqlite3_stmt *query;
  sqlite3 *db = outsider(path);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
  size_t length = 0;
  line[0] = '\0';
  if (sqlite3_step(query) == SQLITE_ROW)
    for (int i = 0; i < sqlite3_column_count(query); i++) {
      const unsigned char *text = sqlite3_column_text(query, i);
      length += (size_t)snprintf(line + length, sizeof line - length, "%s%s",
                                 i ? "|" : "", text ? (const char *)text : "-");
    }
  sqlite3_finalize(query);
  sqlite3_close(db);
  return line;
}

static inline void says(const struct error *error, const char *part) {
  assert_string_equal(error->code, "store");
  if (!strstr(error->message, part))
    fail_msg("\"%s\" lacks \"%s\"", error->message, part);
}

/* From here on no file can grow beyond so many bytes: a disk that is full. */
static inline void limit_files(rlim_t bytes) {
  struct rlimit limit;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static inline void unlimit_files(void) {
  limit_files(RLIM_INFINITY);
}

/* Permissions don't bind root; does as somebody they bind. */
static inline void drop_privilege(void) {
  if (getuid() == 0) assert_int_equal(seteuid(65534), 0);
}

static inline void regain_privilege(void) {
  if (getuid() == 0) assert_int_equal(seteuid(0), 0);
}

#endif
