/* Asking the provider how a call goes, until it has its disposition. */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include "run/run.h"

struct watch;

struct watch *watch_new(struct call *call);
void watch_free(struct watch *watch);

/* Begins to ask, as the provider's poll says; does nothing the second time, and for
 * providers without status. When its deadline passes the call is `expired`. */
void watch_start(struct watch *watch);
void watch_stop(struct watch *watch);

#endif
