#include "cli/command.h"
#include "cli/options.h"
#include "cli/rehearsal.h"

static int refuse_explore(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "explore", error);
}

static int start_explore(const struct options *options) {
  return rehearsal_run("rehearsal.explore", options);
}

/* In the order in which lua/rehearsal/explore.lua reads them. */
static const struct option own[] = {
    {"--svg", "FILE", "draw the flow with every choice"},
    {"--dot", "FILE", "the same as text for Graphviz"},
    {"--depth", "N", "decisions on one path at most (12)"},
    {"--paths", "N", "paths at most (1000)"},
    {NULL, NULL, NULL},
};

const struct command command_explore = {
    .name = "explore",
    .synopsis = "FLOW [name=value ...]",
    .summary = "walk every path that callees can take",
    .help =
        "Runs a flow again and again, without a phone and in no time, until those "
        "called\n"
        "have taken every choice: right, wrong and no digits, hanging up, busy, nobody "
        "there,\n"
        "voicemail, no word at all. Tells how it can end, which paths never end, what "
        "is\n"
        "asked without limit, errors, and lines that no path reaches. Required "
        "parameters\n"
        "that are not given are made up.\n\n"
        "Exit status: 0 nothing was found, 1 there are problems, 2 usage or settings.\n",
    .options = own,
    .start = start_explore,
    .refuse = refuse_explore,
};
