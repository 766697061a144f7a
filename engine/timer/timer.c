#include "timer/timer.h"

#include <stdbool.h>
#include <stdlib.h>

struct timer {
  struct ev_loop *loop;
  timer_fn fire;
  void *context;
  int64_t wall_ms; /* meaningful for a timer of a wall clock */
  const struct clock *clock;
  struct timer *before, *after; /* among the timers of the clock, if it keeps them */
  bool wall;
  union {
    ev_timer after;
    ev_periodic at; /* libev re-reckons these when the clock is set */
  } watch;
};

static struct timer *make(struct ev_loop *loop, timer_fn fire, void *context) {
  struct timer *timer = calloc(1, sizeof *timer);
  if (!timer) return NULL;
  timer->loop = loop;
  timer->fire = fire;
  timer->context = context;
  /* libev reckons from the start of its turn, which may be a while ago. */
  ev_now_update(loop);
  return timer;
}

/* Into the list of its clock: behind those that are due at the same time. */
static void enlist(struct timer *timer) {
  struct timers *timers = timer->clock->timers;
  if (!timers) return;
  struct timer *before = timers->last;
  while (before && before->wall_ms > timer->wall_ms) before = before->before;
  struct timer *after = before ? before->after : timers->first;
  timer->before = before;
  timer->after = after;
  *(before ? &before->after : &timers->first) = timer;
  *(after ? &after->before : &timers->last) = timer;
}

static void strike_off(struct timer *timer) {
  struct timers *timers = timer->clock ? timer->clock->timers : NULL;
  if (!timers) return;
  *(timer->before ? &timer->before->after : &timers->first) = timer->after;
  *(timer->after ? &timer->after->before : &timers->last) = timer->before;
}

static void fire_and_free(struct timer *timer) {
  strike_off(timer);
  timer_fn fire = timer->fire;
  void *context = timer->context;
  free(timer);
  fire(context);
}

static void on_after(struct ev_loop *loop, ev_timer *watch, int events) {
  (void)loop, (void)events;
  fire_and_free(watch->data);
}

struct timer *timer_after(struct ev_loop *loop, double seconds, timer_fn fire,
                          void *context) {
  struct timer *timer = make(loop, fire, context);
  if (!timer) return NULL;
  ev_timer_init(&timer->watch.after, on_after, seconds > 0 ? seconds : 0, 0);
  timer->watch.after.data = timer;
  ev_timer_start(loop, &timer->watch.after);
  return timer;
}

/* libev keeps its own idea of the wall clock, up to a fraction of a millisecond off. */
static void on_at(struct ev_loop *loop, ev_periodic *watch, int events) {
  (void)events;
  struct timer *timer = watch->data;
  if (clock_wall_ms() >= timer->wall_ms)
    fire_and_free(timer);
  else
    ev_periodic_start(loop, watch);
}

struct timer *timer_at(struct ev_loop *loop, int64_t wall_ms, timer_fn fire,
                       void *context) {
  struct timer *timer = make(loop, fire, context);
  if (!timer) return NULL;
  timer->wall = true;
  timer->wall_ms = wall_ms;
  ev_periodic_init(&timer->watch.at, on_at, (double)wall_ms / 1000, 0, NULL);
  timer->watch.at.data = timer;
  ev_periodic_start(loop, &timer->watch.at);
  return timer;
}

/* Neither for longer than that clock may be relied on, nor without a pause. */
static double next_look(const struct timer *timer) {
  double left = (double)(timer->wall_ms - clock_now(timer->clock)) / 1000;
  return left < 0 ? 0 : left < 0.001 ? 0.001 : left > 1 ? 1 : left;
}

static void on_look(struct ev_loop *loop, ev_timer *watch, int events) {
  (void)events;
  struct timer *timer = watch->data;
  if (clock_now(timer->clock) >= timer->wall_ms) {
    fire_and_free(timer);
    return;
  }
  ev_timer_set(watch, next_look(timer), 0);
  ev_timer_start(loop, watch);
}

struct timer *timer_by(struct ev_loop *loop, const struct clock *clock, int64_t wall_ms,
                       timer_fn fire, void *context) {
  if (!clock) return timer_at(loop, wall_ms, fire, context);
  struct timer *timer = make(loop, fire, context);
  if (!timer) return NULL;
  timer->wall_ms = wall_ms;
  timer->clock = clock;
  ev_timer_init(&timer->watch.after, on_look, next_look(timer), 0);
  timer->watch.after.data = timer;
  ev_timer_start(loop, &timer->watch.after);
  enlist(timer);
  return timer;
}

struct timer *timer_in(struct ev_loop *loop, const struct clock *clock, double seconds,
                       timer_fn fire, void *context) {
  static const double longest = 1e15; /* ms: more is for ever */
  if (!clock) return timer_after(loop, seconds, fire, context);
  double ms = seconds > 0 ? seconds * 1000 : 0;
  int64_t whole = ms < longest ? (int64_t)ms : 0;
  if ((double)whole < ms) whole++; /* never early */
  int64_t due = ms < longest ? clock_now(clock) + whole : INT64_MAX;
  return timer_by(loop, clock, due, fire, context);
}

double timer_left(const struct timer *timer) {
  ev_timer after = timer->watch.after;
  if (timer->clock || timer->wall)
    return (double)(timer->wall_ms - clock_now(timer->clock)) / 1000;
  return ev_timer_remaining(timer->loop, &after);
}

void timers_fire(struct timers *timers, int64_t wall_ms) {
  while (timers->first && timers->first->wall_ms <= wall_ms) {
    struct timer *timer = timers->first;
    ev_timer_stop(timer->loop, &timer->watch.after);
    fire_and_free(timer);
  }
}

int64_t timers_next(const struct timers *timers) {
  return timers->first ? timers->first->wall_ms : INT64_MAX;
}

void timer_cancel(struct timer *timer) {
  if (!timer) return;
  strike_off(timer);
  if (timer->wall)
    ev_periodic_stop(timer->loop, &timer->watch.at);
  else
    ev_timer_stop(timer->loop, &timer->watch.after);
  free(timer);
}
