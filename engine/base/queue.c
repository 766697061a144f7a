#include "base/queue.h"

static bool is_full(const struct queue *queue) {
  return queue->most && queue->under_way >= queue->most;
}

static bool may_go_on(const struct queue *queue) {
  return !TAILQ_EMPTY(&queue->waiting) && !is_full(queue);
}

static void arm(struct queue *queue) {
  if (ev_is_active(&queue->timer) || !may_go_on(queue)) return;
  ev_timer_set(&queue->timer, 0, 0);
  ev_timer_start(queue->loop, &queue->timer);
}

/* One at a time: what begins may end others that wait, or the queue. */
static void on_turn(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)events;
  struct queue *queue = timer->data;
  if (!may_go_on(queue)) return;
  if (!pace_allows(&queue->pace, loop)) {
    arm(queue);
    return;
  }
  struct queued *queued = TAILQ_FIRST(&queue->waiting);
  TAILQ_REMOVE(&queue->waiting, queued, link);
  queued->state = QUEUED_UNDER_WAY;
  queue->under_way++;
  if (may_go_on(queue)) ev_feed_event(loop, timer, EV_CUSTOM);
  queued->begin(queued->context);
}

void queue_open(struct queue *queue, struct ev_loop *loop, unsigned most) {
  *queue = (struct queue){.loop = loop, .most = most};
  TAILQ_INIT(&queue->waiting);
  ev_timer_init(&queue->timer, on_turn, 0, 0);
  queue->timer.data = queue;
}

void queue_close(struct queue *queue) {
  ev_timer_stop(queue->loop, &queue->timer); /* and nothing of it is pending */
}

void queue_enter(struct queue *queue, struct queued *queued) {
  TAILQ_INSERT_TAIL(&queue->waiting, queued, link);
  queued->state = QUEUED_WAITS;
  arm(queue);
}

void queue_leave(struct queue *queue, struct queued *queued) {
  if (queued->state == QUEUED_WAITS) TAILQ_REMOVE(&queue->waiting, queued, link);
  if (queued->state == QUEUED_UNDER_WAY) queue->under_way--;
  queued->state = QUEUED_NOT;
  arm(queue);
}
