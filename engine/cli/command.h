/* A subcommand of outdial, and what all of them share. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "outdial.h"

#include <stdio.h>

/* Exit statuses. */
enum { EXIT_COMPLETED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_UNKNOWN = 3 };

struct option;
struct options;

struct command {
  const char *name;
  const char *synopsis;         /* what stands after its name */
  const char *summary;          /* one line */
  const char *help;             /* a paragraph or two, each line ended */
  const struct option *options; /* of its own, ended by a zeroed one; NULL: none */
  bool acts; /* its status says how that went, whether or not it could be told */
  /* Does it and returns the exit status. */
  int (*start)(const struct options *options);
  /* Tells, in the form that --json asks for, why it did not start; returns the status. */
  int (*refuse)(const struct options *options, const struct od_error *error);
};

extern const struct command command_run, command_check, command_serve, command_runs,
    command_show, command_store, command_audio, command_cancel, command_resolve,
    command_call, command_scripts, command_new, command_replay, command_test,
    command_explore;

/* Prints how the command is used, with the options all of them take. */
void command_help(const struct command *command);

/* Fills *error, which may be NULL, with the code "usage" and returns false. */
__attribute__((format(printf, 2, 3))) bool command_error(struct od_error *error,
                                                         const char *format, ...);

/* Says on stderr what went wrong and where to read on; name may be NULL. */
void command_complain(const char *name, const struct od_error *error);

/* For a command's refuse: complains, or with --json prints {"error": {code, message}};
 * returns the status. */
int command_refuse(const struct options *options, const char *name,
                   const struct od_error *error);

/* The status that stands for an error's code. */
int command_status(const char *code);

/* Prints text from outside, cleaned for a terminal. */
void command_print(FILE *out, const char *text);

/* An od_log_fn: one line on stderr; needs no context. */
void command_remark(void *context, enum od_level level, const char *line);

#endif
