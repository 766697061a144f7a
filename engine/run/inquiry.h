/* Finding out what became of a create-call whose answer never came. */
#ifndef RUN_INQUIRY_H
#define RUN_INQUIRY_H

#include "run/run.h"

struct inquiry;

/* What there is to find out, and what is done with it. */
struct inquiry_plan {
  struct call *call;
  /* The provider has the call; event as for call_learn. */
  void (*found)(void *context, const json_t *event);
  /* The provider surely has no such call (or, with replay, knows these very bytes and
   * will not place them twice): it may be placed once more. False if that could not
   * begin. */
  bool (*place)(void *context, bool replay);
  /* Nobody will find out by asking. */
  void (*gave_up)(void *context);
  void *context;
};

/* Asks as the provider's reconcile says, from then on by itself; it frees itself before
 * it gives up. NULL when the provider has no way to be asked, or out of memory. */
struct inquiry *inquiry_start(const struct inquiry_plan *plan);
void inquiry_free(struct inquiry *inquiry); /* NULL does nothing */

#endif
