/* Puts segments together, in their order, to what a phone call's sound depends on. */
#ifndef AUDIO_HEARING_H
#define AUDIO_HEARING_H

#include "audio/segment.h"

struct hearing;

/* NULL if out of memory. Without `level` that is measured only in so far as
 * hearing_in_doubt can tell. */
struct hearing *hearing_new(const struct layout *layout, bool level);
bool hearing_in_doubt(const struct hearing *hearing);

/* False if out of memory. */
bool hearing_add(struct hearing *hearing, const struct segment *segment);

/* Fills *measures. */
void hearing_finish(struct hearing *hearing, struct audio_measures *measures);
void hearing_free(struct hearing *hearing);

#endif
