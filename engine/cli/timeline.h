/* A run's events as lines for a person. Fed live by `run`; stored events do as well. */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include "cli/style.h"

#include <jansson.h>

struct timeline;

/* Writes to out, which stays the caller's. NULL if out of memory. */
struct timeline *timeline_new(FILE *out, const struct style *style);
void timeline_free(struct timeline *timeline);

/* Writes the lines of one event; what lines look like depends on the events so far and
 * on nothing else. An event that says nothing new writes nothing. */
void timeline_event(struct timeline *timeline, const char *run, const json_t *event);

/* For lines that follow a terminal's changing width. */
void timeline_resize(struct timeline *timeline, unsigned width);

/* What the run waits for, "" when it has ended, and how many seconds it has taken up to
 * the latest event. */
const char *timeline_waiting(const struct timeline *timeline);
double timeline_seconds(const struct timeline *timeline);

#endif
