/* Threads that read segments side by side; they are handed on in their order. */
#ifndef AUDIO_CREW_H
#define AUDIO_CREW_H

#include "audio/segment.h"

/* Called with every segment, on the caller's thread; false stops. */
typedef bool (*crew_take_fn)(void *context, const struct segment *segment);

struct crew_task {
  struct input *input;
  const struct layout *layout;
  bool phone; /* as in segment_set_up */
  crew_take_fn take;
  void *context;
};

/* Reads all of it with so many threads; 1 reads it on the caller's. False if `take` said
 * so, or if out of memory. */
bool crew_read(const struct crew_task *task, int threads);

#endif
