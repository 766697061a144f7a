/* Notices that something in a scripts folder has changed. Says when to look, not what is
 * there: events may be lost, and folders come and go. */
#ifndef SCRIPT_WATCHER_H
#define SCRIPT_WATCHER_H

#include "base/log.h"
#include "script/folder.h"

#include <ev.h>

struct watcher;

/* Calls changed on the loop a moment after a change, once for many; where the system has
 * no events to give (too many watchers, a network file system), every half second. Does
 * not keep the loop going. NULL if out of memory. */
typedef void (*watcher_fn)(void *context);
struct watcher *watcher_new(struct ev_loop *loop, const char *path, const struct log *log,
                            watcher_fn changed, void *context);
void watcher_free(struct watcher *watcher); /* NULL does nothing */

/* Files that are being written. */
const struct writers *watcher_writers(const struct watcher *watcher);

/* Whether changes are found by looking, without word of who is writing. */
bool watcher_guesses(const struct watcher *watcher);

/* From now on every half second a look is due: there are links to files elsewhere. */
void watcher_look_often(struct watcher *watcher, bool often);

#endif
