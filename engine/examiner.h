/* Looks at a scripts folder and at what has changed there: is it good? Slow work, made
 * for a worker's thread. */
#ifndef ENGINE_EXAMINER_H
#define ENGINE_EXAMINER_H

#include "script/folder.h"
#include "script/release.h"

struct examiner;

/* What came of one script that has changed, or whose modules have. */
struct finding {
  struct finding *next;
  enum source_kind kind;
  char name[SOURCE_NAME_SIZE];
  struct release *release; /* a good version, with its modules; or NULL */
  bool gone;               /* its file was deleted */
  struct error reason;     /* why it is not good; file and line first */
  int line;
};

struct examiner *examiner_new(const char *folder);
void examiner_free(struct examiner *examiner); /* NULL does nothing */

/* Modules first. writers and guess are as in folder_look. *again: something is to be
 * looked at again soon; *links: some file is a link. */
struct finding *examiner_look(struct examiner *examiner, const struct writers *writers,
                              bool guess, bool *again, bool *links);
void findings_free(struct finding *first);

#endif
