/* What od_replay_run says, as timelines: the run's, and beside it or below it that of the
 * script which was fed what the run met. */
#ifndef CLI_PLAYBACK_H
#define CLI_PLAYBACK_H

#include "cli/style.h"

#include <jansson.h>

/* The run, op by op, with the lines that asked. */
void playback_one(FILE *out, const struct style *style, const json_t *replay);

/* Both, up to the first difference (difference_of): side by side where the terminal is
 * wide enough. with: the name of the other script. */
void playback_two(FILE *out, const struct style *style, const json_t *replay,
                  const json_t *difference, const char *with);

/* The difference in words, with both lines. */
void playback_explain(FILE *out, const struct style *style, const json_t *difference);

#endif
