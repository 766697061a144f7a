/* What could stand at the end of a command line, for the shells' completion. */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "cli/command.h"

/* words is what stands behind `outdial`, the last one what has been typed of it so far,
 * perhaps "". Prints one candidate a line, behind a tab what it is; ":files" and
 * ":folders" stand for the shell's own. What a place takes is what the synopses and
 * options say: FLOW, RUN, FILE, "placed|not-placed". */
void complete(const struct command *const *commands, size_t count, char **words,
              int word_count);

#endif
