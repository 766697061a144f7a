/* What a scripts folder has, looked at again and again: each text read whole, and only
 * when nobody is writing it. Made for a thread that may wait for the disk. */
#ifndef SCRIPT_FOLDER_H
#define SCRIPT_FOLDER_H

#include "script/source.h"

#include <stdint.h>
#include <sys/stat.h>

struct folder;

enum { WRITERS_MOST = 32 };

/* The files that somebody has begun to write and not closed. */
struct writers {
  struct {
    enum source_kind kind;
    char name[SOURCE_NAME_SIZE];
    double since; /* monotonic: the newest sign of it */
  } files[WRITERS_MOST];
  size_t count;
};

/* How the files of a folder are told apart from what they were. */
struct mark {
  dev_t device;
  ino_t inode;
  off_t size;
  int64_t modified, changed; /* wall clock ns */
};

struct file {
  struct file *next;
  enum source_kind kind;
  char name[SOURCE_NAME_SIZE];
  struct source source; /* its newest text; text is NULL while there is none */
  struct error wrong;   /* why the newest could not be read; no code: it could */
  bool news;            /* text, or what is wrong, is not what it was a look ago */
  bool gone;            /* it was deleted since; the next look forgets it */
  struct error verdict; /* of whoever reads the text, for himself */
  struct mark mark;     /* of what was read, at */
  int64_t read;         /* wall clock ns */
  struct mark seen;     /* of what was there at the latest look, and so */
  double since;         /* from then on, monotonic */
  bool is_link;         /* perhaps to where no event comes from */
  unsigned looks;       /* for the folder */
};

struct folder *folder_new(const char *path);
void folder_free(struct folder *folder);

/* Looks at every file. A file of writers stays as it was; if guess, so does one that was
 * written only a moment ago. Returns whether any is to be looked at again soon. A folder
 * that cannot be read leaves its files as they were, with that as what is wrong. */
bool folder_look(struct folder *folder, const struct writers *writers, bool guess);

/* Whether files changed while the latest look read others: what it found may be of two
 * saves. The next look tells of that, too. */
bool folder_is_torn(const struct folder *folder);

/* The first file. */
struct file *folder_files(struct folder *folder);
struct file *folder_file(struct folder *folder, enum source_kind kind, const char *name);

#endif
