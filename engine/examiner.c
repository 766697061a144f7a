#include "examiner.h"

#include "checker.h"
#include "script/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct examiner {
  char *path;
  struct folder *folder;
  struct checker *checker;
};

struct examiner *examiner_new(const char *path) {
  struct examiner *examiner = calloc(1, sizeof *examiner);
  if (!examiner) return NULL;
  examiner->path = strdup(path);
  examiner->folder = folder_new(path);
  examiner->checker = checker_new(NULL);
  if (examiner->path && examiner->folder && examiner->checker) return examiner;
  examiner_free(examiner);
  return NULL;
}

void examiner_free(struct examiner *examiner) {
  if (!examiner) return;
  checker_free(examiner->checker);
  folder_free(examiner->folder);
  free(examiner->path);
  free(examiner);
}

void findings_free(struct finding *first) {
  while (first) {
    struct finding *finding = first;
    first = finding->next;
    release_drop(finding->release);
    free(finding);
  }
}

/* --- one script --- */

/* One examination: the modules that the script requires are put into its release. */
struct examination {
  struct examiner *examiner;
  struct finding *finding;
};

/* The first problem is the reason. */
static void note_problem(void *context, const char *path, int line, const char *message) {
  struct finding *finding = context;
  if (finding->reason.code[0]) return;
  finding->line = line;
  if (line)
    error_set(&finding->reason, "script", "%s:%d: %s", path, line, message);
  else
    error_set(&finding->reason, "script", "%s: %s", path, message);
  struct error *reason = &finding->reason;
  if (place_source(release_source(finding->release)->text, line, reason->source,
                   sizeof reason->source))
    reason->line = line;
}

/* From the same look at the folder as the script itself. */
static bool find_module(void *context, const char *name, struct source *source,
                        struct error *error) {
  struct examination *examination = context;
  struct examiner *examiner = examination->examiner;
  struct release *release = examination->finding->release;
  const struct file *file = folder_file(examiner->folder, SOURCE_MODULE, name);
  if (!file || file->gone || !file->source.text) /* for the sentence */
    return source_find(examiner->path, SOURCE_MODULE, name, source, error) &&
           release_add(release, source);
  if (file->verdict.code[0]) {
    *error = file->verdict;
    return false;
  }
  return (release_add(release, &file->source) && source_copy(source, &file->source)) ||
         error_set(error, "memory", "out of memory for %s", name);
}

static bool examine(struct examiner *examiner, struct file *file,
                    struct finding *finding) {
  struct examination examination = {examiner, finding};
  if (file->wrong.code[0]) {
    finding->reason = file->wrong;
    finding->line = place_line(file->wrong.message, NULL);
    return false;
  }
  finding->release = release_new(file->kind, &file->source);
  if (!finding->release)
    return error_set(&finding->reason, "memory", "out of memory for %s", file->name);
  bool drawn = false; /* then a run's own draw may define something else */
  bool good =
      checker_examine(examiner->checker, &(struct check){.source = &file->source,
                                                         .kind = file->kind,
                                                         .find = find_module,
                                                         .find_context = &examination,
                                                         .problem = note_problem,
                                                         .context = finding,
                                                         .drawn = &drawn});
  if (good && !drawn) release_pass(finding->release);
  return good;
}

static struct finding *find(struct examiner *examiner, struct file *file) {
  struct finding *finding = calloc(1, sizeof *finding);
  if (!finding) return NULL;
  finding->kind = file->kind;
  finding->gone = file->gone;
  snprintf(finding->name, sizeof finding->name, "%s", file->name);
  bool good = !file->gone && examine(examiner, file, finding);
  file->verdict = finding->reason;
  if (good) return finding;
  release_drop(finding->release);
  finding->release = NULL;
  return finding;
}

/* --- all of them --- */

static bool has_news(const struct file *file, bool modules) {
  bool written = file->source.text || file->wrong.code[0];
  return written && (file->news || file->gone ||
                     (modules && file->kind != SOURCE_MODULE && !file->wrong.code[0]));
}

struct finding *examiner_look(struct examiner *examiner, const struct writers *writers,
                              bool guess, bool *again, bool *links) {
  struct finding *first = NULL, **end = &first;
  bool modules = false;
  *again = folder_look(examiner->folder, writers, guess);
  *links = false;
  bool torn = folder_is_torn(examiner->folder);
  for (int round = 0; round < 2; round++) {
    struct file *file = folder_files(examiner->folder);
    for (; file; file = file->next) {
      bool module = file->kind == SOURCE_MODULE;
      *links |= file->is_link;
      if (torn || module != (round == 0) || !has_news(file, modules)) continue;
      modules |= module;
      *end = find(examiner, file);
      if (*end) end = &(*end)->next;
    }
  }
  return first;
}
