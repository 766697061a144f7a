/* The files that names, folders and patterns stand for. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct files {
  char **paths;
  size_t count, capacity;
};

typedef bool (*files_test_fn)(const char *name);

/* A name stands for itself, a folder for all the files in it, and in the folders in it,
 * that pass the test, in the order of their names; a pattern that a shell has left alone
 * for what it matches. What is not there stands for itself too, so that its reader tells
 * of it. False if out of memory; files_free in either case. */
bool files_find(struct files *files, char *const *names, files_test_fn test);
void files_free(struct files *files);

#endif
