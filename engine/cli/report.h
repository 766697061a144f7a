/* The object `outdial run --json` prints, for runs that have no report of their own. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "outdial.h"

#include <jansson.h>

/* A report with what is known: run and flow may be NULL. The caller decrefs; NULL if out
 * of memory. */
json_t *report_of_error(const char *run, const char *flow, const char *state,
                        const struct od_error *error);

/* An error as programs read it: {code, message}, and source, the line of the script that
 * is at fault. */
json_t *report_error(const struct od_error *error);

/* The exit status that a report stands for. */
int report_status(const json_t *report);

/* Prints it on stdout as one line. */
void report_print(const json_t *report);

#endif
