#include "cli/command.h"
#include "cli/options.h"
#include "cli/report.h"

#include <string.h>

static int refuse_store(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "store", error);
}

static int finish(const struct options *options) {
  json_t *object =
      options->json ? json_pack("{s:s}", "file", options->arguments[1]) : NULL;
  if (object) report_print(object);
  json_decref(object);
  return EXIT_COMPLETED;
}

static int start_store(const struct options *options) {
  struct od_error error = {0};
  struct od_config config = options_config(options);
  bool backup =
      options->argument_count > 0 && strcmp(options->arguments[0], "backup") == 0;
  if (!backup || options->argument_count != 2)
    command_error(&error, "say outdial store backup FILE");
  else if (od_copy_store(&config, options->arguments[1], &error))
    return finish(options);
  return refuse_store(options, &error);
}

const struct command command_store = {
    .name = "store",
    .synopsis = "backup FILE",
    .summary = "copy the store, also while it is used",
    .help =
        "Copies the store into a new file, whole and as it is at this moment, also "
        "while\n"
        "an engine works on it. Nothing is overwritten.\n\n"
        "Exit status: 0 copied, 1 the store cannot be read or the copy not be written,\n"
        "2 usage or settings, or the file is there already.\n",
    .start = start_store,
    .refuse = refuse_store,
};
