/* The one connection that writes. Used by one thread at a time. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "base/error.h"
#include "store/row.h"

struct writer;

/* Opens or makes the file, takes its lock, brings its tables up to date. NULL with
 * *error. */
struct writer *writer_open(const char *path, struct error *error);

/* The file's absolute path; owned by the writer. */
const char *writer_path(const struct writer *writer);

/* Writes the rows in one transaction and returns once they are on disk. False with
 * *failed: nothing was written, it may be tried again. A row that could never be written
 * (it breaks a rule of the tables) is left out and told in *refused; the others are. */
bool writer_write(struct writer *writer, const struct rows *rows, struct error *failed,
                  struct error *refused);

/* Is the WAL long enough to be carried over into the file? An idle moment is better. */
bool writer_wants_checkpoint(const struct writer *writer, bool idle);

/* Carries over what no reader holds back. */
void writer_checkpoint(struct writer *writer);

/* Carries everything over, closes, gives the lock back; NULL does nothing. */
void writer_close(struct writer *writer);

#endif
