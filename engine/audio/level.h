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

/* NULL if out of memory. With `always` the level is measured in any case. */
struct level *level_new(int rate, bool always);
bool level_add(struct level *level, const float *mono, size_t count);

/* The sum of squares of each 10 ms of what is added, about their mean. */
void level_note(struct level *level, double square, size_t count);

/* In LUFS; -HUGE_VAL for silence; NAN where the sums of squares show already that it is
 * neither quiet nor loud, and where it lasts less than 0.4 s. */
double level_finish(struct level *level);
void level_free(struct level *level);

#endif
