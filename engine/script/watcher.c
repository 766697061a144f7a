#include "script/watcher.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
  ROOT = SOURCE_MODULE + 1,
  FOLDERS
}; /* flows, providers, lib, and the one of all */

static const double quiet = 0.08; /* seconds without an event before a look */
static const double hasty = 0.4;  /* at most, from the first event on */
static const double period = 0.5; /* between two looks at the folders themselves */
static const double patience =
    10; /* then a file that is still open is read all the same */

struct watcher {
  struct ev_loop *loop;
  const struct log *log;
  watcher_fn changed;
  void *context;
  char *path;
  int descriptor; /* inotify's; -1: none */
  struct {
    int watch;  /* -1: none */
    bool blind; /* no events come from it */
    dev_t device;
    ino_t inode; /* 0: not there */
  } folders[FOLDERS];
  ev_io io;
  ev_timer settle, tick;
  double first; /* monotonic: of the events not told yet; 0: none */
  bool often, told;
  struct writers writers;
};

/* --- the folders --- */

static void path_of(const struct watcher *watcher, int folder, char *path, size_t size) {
  if (folder == ROOT)
    snprintf(path, size, "%s", watcher->path);
  else
    snprintf(path, size, "%s/%s", watcher->path, source_folder((enum source_kind)folder));
}

/* Changes that other machines make bring no events. */
static bool is_remote(const char *path) {
  static const unsigned remote[] = {
      0x6969,     /* NFS */
      0x517b,     /* SMB */
      0xfe534d42, /* SMB2 */
      0xff534d42, /* CIFS */
      0x65735546, /* FUSE */
      0x01021997, /* 9P */
      0x00c36400, /* Ceph */
      0x5346414f, /* AFS */
      0x0bd00bd0, /* Lustre */
  };
  struct statfs about;
  if (statfs(path, &about) != 0) return false;
  for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
    if ((unsigned)about.f_type == remote[i]) return true;
  return false;
}

static void look_instead(struct watcher *watcher, int folder, const char *why) {
  watcher->folders[folder].blind = true;
  if (watcher->told) return;
  watcher->told = true;
  log_line(watcher->log, LEVEL_WARNING,
           "%s cannot be watched (%s): it is looked at every half second", watcher->path,
           why);
}

static bool is_as_watched(const struct watcher *watcher, int folder) {
  char path[PATH_MAX];
  struct stat about;
  path_of(watcher, folder, path, sizeof path);
  bool there = stat(path, &about) == 0;
  ino_t inode = there ? about.st_ino : 0;
  return inode == watcher->folders[folder].inode &&
         (!there || about.st_dev == watcher->folders[folder].device);
}

static void watch(struct watcher *watcher, int folder) {
  static const uint32_t events = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_MOVED_TO |
                                 IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF |
                                 IN_MOVE_SELF | IN_ONLYDIR;
  char path[PATH_MAX];
  struct stat about = {0};
  path_of(watcher, folder, path, sizeof path);
  bool there = stat(path, &about) == 0;
  watcher->folders[folder].blind = false;
  watcher->folders[folder].device = about.st_dev;
  watcher->folders[folder].inode = there ? about.st_ino : 0;
  if (!there) return;
  if (is_remote(path)) look_instead(watcher, folder, "a file system of another machine");
  int number = inotify_add_watch(watcher->descriptor, path, events);
  if (number < 0 && errno != ENOENT && errno != ENOTDIR)
    look_instead(watcher, folder, strerror(errno));
  watcher->folders[folder].watch = number;
}

/* A folder that was moved away is not of interest any more. */
static void watch_all(struct watcher *watcher) {
  if (watcher->descriptor < 0) return;
  for (int i = 0; i < FOLDERS; i++) {
    if (is_as_watched(watcher, i) && watcher->folders[i].watch >= 0) continue;
    if (watcher->folders[i].watch >= 0)
      inotify_rm_watch(watcher->descriptor, watcher->folders[i].watch);
    watcher->folders[i].watch = -1;
    watch(watcher, i);
  }
}

/* --- who is writing --- */

static void end_writer(struct writers *writers, size_t i) {
  writers->files[i] = writers->files[--writers->count];
}

static size_t find_writer(const struct writers *writers, int kind, const char *name) {
  size_t i = 0;
  while (i < writers->count && ((int)writers->files[i].kind != kind ||
                                strcmp(writers->files[i].name, name) != 0))
    i++;
  return i;
}

/* A file that was changed is its writer's until he closes it. */
static void note_writer(struct writers *writers, int kind, const char *name, bool done) {
  size_t i = find_writer(writers, kind, name);
  if (done) {
    if (i < writers->count) end_writer(writers, i);
    return;
  }
  if (i == WRITERS_MOST) return;
  if (i == writers->count) writers->count++;
  writers->files[i].kind = (enum source_kind)kind;
  writers->files[i].since = clock_monotonic();
  snprintf(writers->files[i].name, sizeof writers->files[i].name, "%s", name);
}

static bool forget_writers(struct writers *writers) {
  double now = clock_monotonic();
  bool any = false;
  for (size_t i = writers->count; i-- > 0;) {
    if (now - writers->files[i].since < patience) continue;
    end_writer(writers, i);
    any = true;
  }
  return any;
}

/* --- events --- */

static void on_settled(struct ev_loop *loop, ev_timer *settle, int events) {
  (void)loop, (void)events;
  struct watcher *watcher = settle->data;
  watcher->first = 0;
  watcher->changed(watcher->context);
}

static void restart(struct watcher *watcher, double seconds) {
  ev_now_update(watcher->loop);
  ev_timer_stop(watcher->loop, &watcher->settle);
  ev_timer_set(&watcher->settle, seconds, 0);
  ev_timer_start(watcher->loop, &watcher->settle);
}

static void stir(struct watcher *watcher) {
  double now = clock_monotonic();
  if (watcher->first == 0) watcher->first = now;
  double left = watcher->first + hasty - now;
  restart(watcher, left < quiet ? (left > 0 ? left : 0) : quiet);
}

static int folder_of(const struct watcher *watcher, int number) {
  int folder = 0;
  while (folder < FOLDERS && watcher->folders[folder].watch != number) folder++;
  return folder;
}

static void note(struct watcher *watcher, const struct inotify_event *event) {
  static const uint32_t folders = IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF;
  char name[SOURCE_NAME_SIZE];
  int folder = folder_of(watcher, event->wd);
  if (event->mask & IN_Q_OVERFLOW) {
    watcher->writers.count = 0;
    stir(watcher);
  } else if (folder == ROOT || (folder < ROOT && event->mask & folders)) {
    if (event->mask & IN_IGNORED) watcher->folders[folder].watch = -1;
    watch_all(watcher);
    stir(watcher);
  } else if (folder < ROOT && event->len && source_is_file(event->name, name)) {
    if (!(event->mask & IN_ATTRIB))
      note_writer(&watcher->writers, folder, name, !(event->mask & IN_MODIFY));
    if (!(event->mask & IN_MODIFY)) stir(watcher);
  }
}

static void on_events(struct ev_loop *loop, ev_io *io, int events) {
  (void)loop, (void)events;
  struct watcher *watcher = io->data;
  _Alignas(struct inotify_event) char bytes[4096];
  ssize_t got;
  while ((got = read(watcher->descriptor, bytes, sizeof bytes)) > 0)
    for (char *at = bytes; at < bytes + got;) {
      const struct inotify_event *event = (const void *)at;
      note(watcher, event);
      at += sizeof *event + event->len;
    }
}

static void on_tick(struct ev_loop *loop, ev_timer *tick, int events) {
  (void)loop, (void)events;
  struct watcher *watcher = tick->data;
  bool due =
      forget_writers(&watcher->writers) || watcher->often || watcher_guesses(watcher);
  bool moved = false;
  for (int i = 0; i < FOLDERS && watcher->descriptor >= 0; i++)
    moved |= !is_as_watched(watcher, i);
  if (moved) watch_all(watcher);
  if ((due || moved) && watcher->first == 0) stir(watcher);
}

/* --- life --- */

static void start(struct watcher *watcher) {
  watcher->descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (watcher->descriptor < 0) look_instead(watcher, ROOT, strerror(errno));
  for (int i = 0; i < FOLDERS; i++) watcher->folders[i].watch = -1;
  watch_all(watcher);
  ev_io_init(&watcher->io, on_events, watcher->descriptor, EV_READ);
  watcher->io.data = watcher;
  if (watcher->descriptor >= 0) ev_io_start(watcher->loop, &watcher->io);
  if (watcher->descriptor >= 0) ev_unref(watcher->loop);
  ev_timer_start(watcher->loop, &watcher->tick);
  ev_unref(watcher->loop);
}

struct watcher *watcher_new(struct ev_loop *loop, const char *path, const struct log *log,
                            watcher_fn changed, void *context) {
  struct watcher *watcher = calloc(1, sizeof *watcher);
  if (!watcher) return NULL;
  *watcher =
      (struct watcher){.loop = loop, .log = log, .changed = changed, .context = context};
  watcher->path = strdup(path);
  ev_timer_init(&watcher->settle, on_settled, 0, 0);
  ev_timer_init(&watcher->tick, on_tick, period, period);
  watcher->settle.data = watcher->tick.data = watcher;
  if (watcher->path) {
    start(watcher);
    return watcher;
  }
  free(watcher);
  return NULL;
}

void watcher_free(struct watcher *watcher) {
  if (!watcher) return;
  ev_timer_stop(watcher->loop, &watcher->settle);
  ev_ref(watcher->loop);
  ev_timer_stop(watcher->loop, &watcher->tick);
  if (watcher->descriptor >= 0) {
    ev_ref(watcher->loop);
    ev_io_stop(watcher->loop, &watcher->io);
    close(watcher->descriptor);
  }
  free(watcher->path);
  free(watcher);
}

const struct writers *watcher_writers(const struct watcher *watcher) {
  return &watcher->writers;
}

bool watcher_guesses(const struct watcher *watcher) {
  for (int i = 0; i < FOLDERS; i++)
    if (watcher->folders[i].blind) return true;
  return false;
}

void watcher_look_often(struct watcher *watcher, bool often) {
  watcher->often = often;
}
