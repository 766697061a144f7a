/* What od_audio_check found, as a line. */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include "cli/style.h"

#include <jansson.h>

enum verdict { GOOD, WARNING, REFUSED, VERDICTS };

/* Refused where the report is NULL or says nothing known. */
enum verdict verdict_of(const json_t *report);

/* One line on stdout: the verdict, the name, and why or what it is. */
void verdict_print(const char *path, const json_t *report, const struct style *style);

/* "3 files good, 1 refused" on stdout. */
void verdict_summary(const size_t counts[VERDICTS], const struct style *style);

#endif
