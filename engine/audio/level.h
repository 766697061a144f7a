/* How loud it sounds: EBU R128, measured by libebur128. */
#ifndef AUDIO_LEVEL_H
#define AUDIO_LEVEL_H

#include <stdbool.h>
#include <stddef.h>

enum {
  LEVEL_QUIET = -34, /* LUFS; callers ask for louder below … */
  LEVEL_LOUD = -9,   /* … and the network squeezes it above */
  LEVEL_TARGET = -20 /* what a fix sets */
};

struct level;

/* NULL if out of memory. Weighting takes six times as long as all other checks together,
 * so it can be left out where level_in_doubt says afterwards that no verdict hangs on it.
 */
struct level *level_new(int rate, bool measured);

/* The mix at about what a phone carries. */
bool level_add(struct level *level, const float *mono, size_t count);

/* The mean square, unweighted, of each 10 ms of it. */
void level_note(struct level *level, double power, double seconds);

/* Whether it may be quiet or loud and was not measured. The level lies above that of
 * everything, for silence is left out of it, and below that of the loudest block. */
bool level_in_doubt(const struct level *level);

/* In LUFS; -HUGE_VAL for silence; NAN where it was not measured or lasts less than 0.4 s.
 */
double level_finish(struct level *level);
void level_free(struct level *level);

#endif
