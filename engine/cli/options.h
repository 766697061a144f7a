/* The options every subcommand takes. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "outdial.h"

enum { OPTIONS_SETTINGS = 100, OPTIONS_ARGUMENTS = 1000 };

struct options {
  bool help, json;
  enum od_level log_level;
  const char *config_file;
  /* "engine.store=…", NULL-ended, in the order od_config wants: an option of its own
   * first, then --set, the last given first. */
  char *settings[OPTIONS_SETTINGS + 1];
  char *arguments[OPTIONS_ARGUMENTS + 1]; /* what is no option; they stay the caller's */
  size_t argument_count;
};

/* Reads what stands after the subcommand. False with *error "usage"; options_free in
 * either case. --help and --json are noted even then, so that a mistake is told in the
 * form that was asked for. */
bool options_read(struct options *options, int count, char **arguments,
                  struct od_error *error);
void options_free(struct options *options);

/* The configuration that the options ask for; it borrows from them. */
struct od_config options_config(const struct options *options);

/* Aligned lines for the help text. */
const char *options_help(void);

#endif
