/* The way to one provider: its rate is kept by queueing, and what was surely not accepted
 * is sent again. */
#ifndef HTTP_LANE_H
#define HTTP_LANE_H

#include "http/client.h"

struct http_lane;
struct http_ticket; /* one request in the lane, from queueing to its last try */

struct http_lane_plan {
  double per_second;  /* requests a second, evenly spaced, no burst; 0 means no limit */
  unsigned tries;     /* in all, the first included; 0 means 5 */
  double first_pause; /* seconds before the second try; doubles, jittered; 0 means 1 */
  double last_pause;  /* longest pause; 0 means 30 */
};

/* `ready` is called on the loop's thread, never from inside http_lane_send, right before
 * each try's first byte may leave; it must call http_lane_go once (now or later) to let
 * it go. This is where an intent is put on disk. NULL: each try leaves by itself. */
typedef void (*http_ready_fn)(void *context, struct http_ticket *ticket);

struct http_lane *http_lane_new(struct ev_loop *loop, struct http_client *client,
                                const struct http_lane_plan *plan);

/* Another rate from now on. */
void http_lane_pace(struct http_lane *lane, double per_second);

/* Drops what is queued or under way without calling done, and frees; before the client
 * is freed. */
void http_lane_free(struct http_lane *lane);

/* As http_send, through the lane's queue. Sent again, at most plan.tries times, only
 * after: a failure with sent == false (except "invalid", "tls", "canceled"); status 429;
 * status 503 with Retry-After (both wait the Retry-After where given, seconds or HTTP
 * date, RFC 9110 10.2.3, at most an hour). The last outcome goes to done. */
struct http_ticket *http_lane_send(struct http_lane *lane,
                                   const struct http_request *request,
                                   http_ready_fn ready, http_done_fn done, void *context,
                                   struct error *error);
void http_lane_go(struct http_ticket *ticket);

/* Takes the request out, queued, waiting or under way, without calling done. */
void http_lane_cancel(struct http_ticket *ticket);

#endif
