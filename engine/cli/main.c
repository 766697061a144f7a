/* The outdial command: finds the subcommand and hands over to it. */
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/nearest.h"
#include "cli/options.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &command_run,   &command_serve,   &command_call,   &command_runs,
    &command_show,  &command_replay,  &command_cancel, &command_resolve,
    &command_store, &command_scripts, &command_new,    &command_check,
    &command_test,  &command_explore, &command_audio,
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct command *command_named(const char *name) {
  for (size_t i = 0; i < COMMANDS; i++)
    if (strcmp(commands[i]->name, name) == 0) return commands[i];
  return NULL;
}

/* A synopsis that is too long has its line for itself. */
static void print_command(FILE *out, const char *name, const char *synopsis,
                          const char *summary) {
  enum { SYNOPSIS = 22 };
  fprintf(out, "  outdial %-7s %-*s", name, SYNOPSIS, synopsis);
  if (strlen(synopsis) > SYNOPSIS) fprintf(out, "\n%*s", 18 + SYNOPSIS, "");
  fprintf(out, " %s\n", summary);
}

static void print_usage(FILE *out) {
  fputs("outdial places phone calls and runs the conversation on them.\n\n", out);
  for (size_t i = 0; i < COMMANDS; i++)
    print_command(out, commands[i]->name, commands[i]->synopsis, commands[i]->summary);
  print_command(out, "help", "[COMMAND]", "what a command takes");
  fputs("  outdial --version\n\nOptions of every command:\n", out);
  options_help(out, NULL);
}

static int refuse_command(const char *name) {
  const char *known[COMMANDS + 1] = {"help"};
  for (size_t i = 0; i < COMMANDS; i++) known[i + 1] = commands[i]->name;
  const char *meant = nearest(name, known, COMMANDS + 1);
  struct od_error error;
  if (*name == '-')
    command_error(&error, "the command comes first, options such as %.60s behind it",
                  name);
  else if (meant)
    command_error(&error, "there is no command %.60s; did you mean %s?", name, meant);
  else
    command_error(&error, "there is no command %.60s", name);
  command_complain(NULL, &error);
  return EXIT_USAGE;
}

static int help(const char *name) {
  const struct command *command = name ? command_named(name) : NULL;
  if (name && !command) return refuse_command(name);
  if (command)
    command_help(command);
  else
    print_usage(stdout);
  return EXIT_COMPLETED;
}

static int start(const struct command *command, int count, char **arguments) {
  struct options options;
  struct od_error error;
  int status = EXIT_COMPLETED;
  bool good = options_read(&options, command->options, count, arguments, &error);
  if (options.help)
    command_help(command);
  else
    status = good ? command->start(&options) : command->refuse(&options, &error);
  options_free(&options);
  return status;
}

/* What the caller has closed must not become a file of ours: the output went there. */
static void open_closed_streams(void) {
  int null;
  do null = open("/dev/null", O_RDWR);
  while (null >= 0 && null <= STDERR_FILENO);
  if (null >= 0) close(null);
}

/* A reader that went away wanted no more. */
static bool was_told(void) {
  struct stat about;
  if (fflush(stdout) == 0 && !ferror(stdout)) return true;
  return fstat(STDOUT_FILENO, &about) == 0 &&
         (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
}

static int conclude(const struct command *command, int status) {
  static const struct od_error untold = {
      .code = "output",
      .message = "the output could not be written whole; is the disk full?"};
  if (was_told()) return status;
  command_complain(command ? command->name : NULL, &untold);
  return status || (command && command->acts) ? status : EXIT_FAILED;
}

static int obey(const struct command *command, int count, char **arguments) {
  if (command) return start(command, count - 2, arguments + 2);
  const char *name = arguments[1];
  if (strcmp(name, "help") == 0) return help(arguments[2]);
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) return help(NULL);
  if (strcmp(name, "--version") == 0) return printf("outdial %s\n", od_version()), 0;
  if (strcmp(name, "--complete") == 0) /* said by the shells' completions only */
    return complete(commands, COMMANDS, arguments + 2, count - 2), 0;
  return refuse_command(name);
}

int main(int count, char **arguments) {
  setlocale(LC_CTYPE, "");
  signal(SIGPIPE, SIG_IGN); /* a reader that went away must not end a call */
  signal(SIGXFSZ, SIG_IGN); /* nor a limit on files: that is a disk which is full */
  open_closed_streams();
  if (count < 2) {
    print_usage(stderr);
    return EXIT_USAGE;
  }
  const struct command *command = command_named(arguments[1]);
  return conclude(command, obey(command, count, arguments));
}
