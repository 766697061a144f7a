/* Tickets in a lane, held back, let go and timed. */
#ifndef SPEC_LANE_FIXTURE_H
#define SPEC_LANE_FIXTURE_H

#include "http/fixture.h"
#include "http/lane.h"

static const char ok_text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#define EMPTY "Content-Length: 0\r\n\r\n"

static inline struct http_lane *open_lane(struct fixture *fixture,
                                          const struct http_lane_plan *plan) {
  return http_lane_new(fixture->loop, fixture->client, plan);
}

static const struct http_lane_plan quick = {.first_pause = 0.001, .last_pause = 0.01};

static inline struct http_ticket *queue(struct http_lane *lane, const char *url,
                                        http_ready_fn ready, struct outcome *outcome) {
  struct error error = {0};
  struct http_request request = {.method = "POST", .url = url, .fresh = true};
  struct http_ticket *ticket =
      http_lane_send(lane, &request, ready, outcome_note, outcome, &error);
  assert_string_equal(error.message, "");
  assert_non_null(ticket);
  assert_false(outcome->done);
  return ticket;
}

static inline struct outcome pass(struct fixture *fixture,
                                  const struct http_lane_plan *plan) {
  struct http_lane *lane = open_lane(fixture, plan);
  struct outcome outcome = {0};
  queue(lane, fixture->url, NULL, &outcome);
  run_until(fixture->loop, &outcome.done);
  assert_int_equal(outcome.calls, 1);
  ev_run(fixture->loop, 0); /* nothing is left to do */
  http_lane_free(lane);
  return outcome;
}

/* The number in the path of the nth request that the server saw. */
static inline int number(const struct fixture *fixture, size_t nth) {
  assert_true(nth < fixture->server->seen_count);
  int found = -1;
  sscanf(fixture->server->seen[nth].text, "POST /%d ", &found);
  return found;
}

static inline void numbered(const struct fixture *fixture, int i, char url[64]) {
  snprintf(url, 64, "http://127.0.0.1:%u/%d", fixture->server->port, i);
}

static const double interval = 0.02;

/* Departures, measured where they happen. */
static double left[64];
static unsigned left_count;

static inline void note_and_go(void *context, struct http_ticket *ticket) {
  (void)context;
  left[left_count++] = clock_monotonic();
  http_lane_go(ticket);
}

static inline void assert_spaced(unsigned count) {
  assert_int_equal(left_count, count);
  for (unsigned i = 1; i < count; i++) assert_true(left[i] - left[i - 1] >= interval);
}

/* Keeps tickets until the test lets them go. */
static struct http_ticket *held[64];
static unsigned held_count;

static inline void hold(void *context, struct http_ticket *ticket) {
  (void)context;
  held[held_count++] = ticket;
}

static inline void wait_for_held(struct fixture *fixture, unsigned count) {
  while (held_count < count) ev_run(fixture->loop, EVRUN_ONCE);
}

#endif
