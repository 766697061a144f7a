/* Putting an older text back into a script's file. */
#ifndef CLI_ROLLBACK_H
#define CLI_ROLLBACK_H

#include "cli/history.h"

/* Writes the version asked for, or else the last good one where the file is not that, or
 * else the one before, in one step: nobody sees half of it. Then waits, if an engine
 * serves, until it is live there. Returns the exit status; EXIT_USAGE and EXIT_FAILED
 * with *error where it says nothing itself. */
int rollback(const struct history *history, const struct options *options,
             struct od_error *error);

#endif
