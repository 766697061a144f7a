#include "cli/command.h"
#include "cli/options.h"
#include "cli/rehearsal.h"

static int refuse_test(const struct options *options, const struct od_error *error) {
  return command_refuse(options, "test", error);
}

static int start_test(const struct options *options) {
  return rehearsal_run("rehearsal.suite", options);
}

const struct command command_test = {
    .name = "test",
    .synopsis = "[PATH...]",
    .summary = "run the specs of flows, without a phone",
    .help =
        "Runs specs: files, or those named *_spec.lua in folders, or in --scripts. A "
        "spec\n"
        "plays a flow with somebody who \"answers after 3 s, presses 12, waits 9 s,\n"
        "presses 34#, hangs up\", in simulated time and without a network; see\n"
        "require \"outdial.test\". They are run by busted (apt-get install "
        "lua-busted).\n\n"
        "Exit status: 0 all passed, 1 some failed, 2 usage or settings.\n",
    .start = start_test,
    .refuse = refuse_test,
};
