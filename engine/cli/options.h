/* The options every subcommand takes, and those of its own. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "outdial.h"

#include <stdio.h>

enum { OPTIONS_SETTINGS = 100, OPTIONS_OWN = 8 };

/* One that a subcommand takes beside those of all. A list of them ends with a zeroed one;
 * at most OPTIONS_OWN. */
struct option {
  const char *name;  /* "--limit" */
  const char *value; /* what it takes, "N"; NULL: nothing */
  const char *help;
};

/* Those of every subcommand, in the order of the help text. */
extern const struct option options_common[];

struct options {
  bool help, json;
  enum od_level log_level;
  const char *config_file;
  /* "engine.store=…", NULL-ended, in the order od_config wants: an option of its own
   * first, then --set, the last given first. */
  char *settings[OPTIONS_SETTINGS + 1];
  char **arguments; /* what is no option, NULL-ended; the texts stay the caller's */
  size_t argument_count;
  const char *own[OPTIONS_OWN]; /* the values of the subcommand's, in the order of its
                                   list; "" for one that takes none; NULL: not given */
};

/* Reads what stands after the subcommand; own may be NULL. False with *error "usage";
 * options_free in either case. --help and --json are noted even then, so that a mistake
 * is told in the form that was asked for. */
bool options_read(struct options *options, const struct option *own, int count,
                  char **arguments, struct od_error *error);
void options_free(struct options *options);

/* The configuration that the options ask for; it borrows from them. */
struct od_config options_config(const struct options *options);

/* Prints aligned lines for the help text: the subcommand's own (may be NULL) first. */
void options_help(FILE *out, const struct option *own);

#endif
