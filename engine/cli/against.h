/* An edited flow against what its last runs met. */
#ifndef CLI_AGAINST_H
#define CLI_AGAINST_H

#include "cli/options.h"

/* Reads what --against takes: 1 to 1000; 0 with *error. */
unsigned against_count(const char *text, struct od_error *error);

/* Plays the last so many runs of the flow again with the script, and sums up: how many do
 * the same, how many differ and where, which could not be compared. Returns the exit
 * status: EXIT_FAILED when some differ. With *error when the store could not be read, and
 * nothing is printed then. */
int against_run(const struct options *options, const char *script, unsigned count,
                struct od_error *error);

#endif
